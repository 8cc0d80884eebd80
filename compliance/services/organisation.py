"""The organisation's profile. Source: evidence, "The organisation's profile"."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db.models import Subquery, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import OrganisationProfile
from compliance.models.organisation import ACTIVITY_NUMBER_LENGTH, PROFILE_ID
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.lookups import LookUp
from qualiforma.qualiopi.applicability import Applicability, applicability
from qualiforma.qualiopi.grids import grid_for
from qualiforma.qualiopi.rules import Rules
from qualiforma.qualiopi.states import Category, Condition
from qualiforma.versions import ExpectedVersions, apply, check_version, differing, save

LISTS: Mapping[str, type[TextChoices]] = {
    "categories": Category,
    "conditions": Condition,
    "new_entrant": Category,
}
_find_profile = LookUp(OrganisationProfile, "id")
# The decree that created the certification.
QUALIOPI_BEGINS = date(2019, 6, 6)
PAST = ("first_certified_on", "last_audit_on")


def read_organisation() -> OrganisationProfile:
    """Return the profile, with its defaults as long as nobody has changed it. Cost: one query."""
    return _find_profile(PROFILE_ID) or OrganisationProfile()


def read_rules() -> Rules:
    """Return what improvement plans are held to. Cost: one query."""
    return read_organisation().rules


def rule_column(name: str) -> Subquery:
    """Return one of these rules as an expression, NULL as long as nobody has changed the profile."""
    return Subquery(OrganisationProfile.objects.filter(pk=PROFILE_ID).values(name)[:1])


def read_indicators(*, audit_day: date | None = None) -> list[Applicability]:
    """Return what each indicator of an audit on that day is to the organisation, in their order.

    Without a day: of the planned audit, else of one today. Cost: one query.
    """
    profile = read_organisation()
    day = audit_day or profile.audit_day(timezone.localdate())
    return applicability(profile.answers, grid_for(day))


@audit.audited("compliance.organisation.changed")
def change_organisation(
    *, changes: Mapping[str, Any], actor: Actor, expected_versions: ExpectedVersions = None
) -> OrganisationProfile:
    """Change the profile; the first change creates it. No difference, no new version.

    Errors: `StaleError`; `InvalidFieldsError` naming each field.
    """
    row = _locked(expected_versions)
    values = {name: _normal(name, value) for name, value in changes.items()}
    changed = differing(row, values)
    if not changed:
        return row
    apply(row, changed)
    if errors := [*_errors(row)]:
        raise InvalidFieldsError(errors)
    save(row, *changed)
    return row


def _locked(expected_versions: ExpectedVersions) -> OrganisationProfile:
    """Return the row, locked, made if there is none: the trail's lock lets nobody else make it."""
    found: OrganisationProfile | None = OrganisationProfile.objects.select_for_update().first()
    row = found or OrganisationProfile.objects.create()
    check_version(row.version, expected_versions)
    return row


def _normal(name: str, value: Any) -> Any:
    """Return a value as it is kept: lists in their enum's order, no kind as an empty text."""
    if name in LISTS:
        return [one.value for one in LISTS[name] if one in value]
    if name == "next_audit_kind":
        return value or ""
    if name == "address":
        return "\n".join(line.strip() for line in value.splitlines() if line.strip())
    return re.sub(r"\s", "", value) if name == "activity_number" else value


def _errors(row: OrganisationProfile) -> Iterator[FieldError]:
    if not set(row.new_entrant) <= set(row.categories):
        detail = _("Nouvel entrant pour une prestation que vous ne proposez pas.")
        yield FieldError("new_entrant", "not_certified", detail)
    if row.activity_number and not re.fullmatch(
        rf"[0-9]{{{ACTIVITY_NUMBER_LENGTH}}}", row.activity_number, re.ASCII
    ):
        detail = _("Indiquez les onze chiffres, par exemple 11 75 12345 67.")
        yield FieldError("activity_number", "invalid", detail)
    if row.answer_days < row.acknowledge_days:
        detail = _("La réponse ne peut pas être due avant l’accusé de réception.")
        yield FieldError("answer_days", "before_acknowledgement", detail)
    yield from _date_errors(row)


def _date_errors(row: OrganisationProfile) -> Iterator[FieldError]:
    for name in PAST:
        day = getattr(row, name)
        if day and day > timezone.localdate():
            yield FieldError(name, "future", _("Cette date est dans le futur."))
        if day and day < QUALIOPI_BEGINS:
            detail = _("La certification Qualiopi existe depuis juin 2019.")
            yield FieldError(name, "before_qualiopi", detail)
    first, until = row.first_certified_on, row.certified_until
    if first and until and until <= first:
        detail = _("Le certificat prend fin avant la première certification.")
        yield FieldError("certified_until", "before_first_certification", detail)
    if bool(row.next_audit_kind) != bool(row.next_audit_on):
        name = "next_audit_on" if row.next_audit_kind else "next_audit_kind"
        detail = _("Indiquez la nature et la date du prochain audit.")
        yield FieldError(name, "required", detail)
    if row.next_audit_on and row.last_audit_on and row.next_audit_on <= row.last_audit_on:
        detail = _("Le prochain audit doit être après le dernier.")
        yield FieldError("next_audit_on", "before_last_audit", detail)
