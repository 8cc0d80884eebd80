"""Services of companies."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.training.models import Company
from qualiforma.training.services.inputs import CompanyDraft
from qualiforma.training.services.shared import (
    Errors,
    ExpectedVersions,
    given_id,
    insert,
    locked,
    refuse_any,
    refusing,
    shape_errors,
)
from qualiforma.training.siret import is_siret
from qualiforma.versions import apply, differing, save

TAKEN = FieldError("siret", "taken", _("Une entreprise a déjà ce SIRET."))


@audit.audited("training.company.created")
def create_company(*, draft: CompanyDraft, actor: Actor) -> Company:
    """Enter a company. Errors: `InvalidFieldsError`, also for a SIRET that another one has."""
    company = Company(
        name=draft.name.strip(),
        siret=_plain(draft.siret),
        contact_email=draft.contact_email.strip(),
        **given_id(draft.id),
    )
    refuse_any(_errors(company))
    insert(company, lambda: _check_alone(company))
    return company


@audit.audited("training.company.changed")
def change_company(
    *,
    company: Company,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Company:
    """Change fields; values equal to the present are no change. Errors: as for `create_company`."""
    company = locked(company, expected_versions)
    if "siret" in changes:
        changes = {**changes, "siret": _plain(changes["siret"])}
    changes = differing(company, changes)
    if not changes:
        return company
    apply(company, changes)
    refuse_any(_errors(company))

    with refusing(lambda: _check_alone(company)):
        save(company, *changes)
    return company


def _check_alone(company: Company) -> None:
    others = Company.objects.filter(siret=company.siret).exclude(pk=company.pk)
    if company.siret and others.exists():
        raise InvalidFieldsError([TAKEN])


def _plain(siret: str) -> str:
    """Return the number without the spaces that it is written with."""
    return "".join(siret.split())


def _errors(company: Company) -> Errors:
    errors = shape_errors(company)
    siret = company.siret
    if siret and not is_siret(siret):
        detail = _("Un SIRET a 14 chiffres, dont le dernier est une clé de contrôle.")
        return [
            *(one for one in errors if one.field != "siret"),
            FieldError("siret", "invalid", detail),
        ]
    if siret and Company.objects.filter(siret=siret).exclude(pk=company.pk).exists():
        errors.append(TAKEN)
    return errors
