"""The evidence register as files: what an export writes, an import reads back. Files stay behind."""

from copy import copy
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from compliance import policies, services
from compliance.models import Evidence
from compliance.states import EvidenceKind, EvidenceStatus
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.qualiopi.grids import named
from qualiforma.record_types import record_types
from qualiforma.training.importing.columns import Column
from qualiforma.training.importing.exceptions import CellError
from qualiforma.training.importing.kinds import register
from qualiforma.training.importing.kinds.base import ID, Given, Kind, only
from qualiforma.training.importing.lookups import read_person
from qualiforma.training.importing.readers import name_columns, read_indicators
from qualiforma.training.importing.source import Cell
from qualiforma.training.importing.values import (
    LANGUAGES,
    choice_of,
    fold,
    read_day,
    read_flag,
    read_text,
)

# What no file shows of confidential evidence, the person who asks: a file is passed on.
CONTENTS = ("author", "description", "url", "record_type", "record_id", "withdrawal_reason")


def read_record_type(cell: Cell, _lookups: object) -> str:
    """Return a registered type by its name, or by its label in either language."""
    names = {fold(name): name for name in record_types}
    for language in LANGUAGES:
        with override(language):
            names |= {fold(one.label): name for name, one in record_types.items()}
    wanted = read_text(cell)
    if fold(wanted) not in names:
        known = ", ".join(one.label for one in record_types.values())
        raise CellError(_("Aucune fiche de ce type ; types admis : %s.") % known)
    return names[fold(wanted)]


class EvidenceRecords(Kind):
    """Evidence, identified by its document, nature and date."""

    name = "evidence"
    title = gettext_lazy("Preuves")
    model = Evidence
    related = ("owner",)
    creates = ("users",)
    created_role = Role.TRAINER
    fixed = ("kind",)
    note = gettext_lazy(
        "Les fichiers des preuves n’y sont pas : ils se déposent ensuite sur la page de chaque preuve."
    )
    # Date, document, author first, as an auditor notes them.
    example: ClassVar = {
        "document_date": "02/03/2026",
        "title": "Procédure de réclamation",
        "author": "Alex Petit",
        "kind": "Déclaration",
        "indicators": "31",
        "owner": "alex.petit@exemple.fr",
        "description": "Qui répond, et sous quel délai.",
    }
    columns = (
        Column("document_date", "Date", "Date", lambda one: one.document_date, read_day, ("date du document", "document date"), is_required=True, width=14),
        Column("title", "Document", "Document", lambda one: one.title, read_text, ("titre", "intitulé", "preuve", "evidence"), is_required=True, width=40),
        Column("author", "Auteur", "Author", lambda one: one.author, read_text, width=28),
        Column("kind", "Nature", "Kind", lambda one: one.get_kind_display(), choice_of(EvidenceKind), ("type",), is_required=True),
        Column("indicators", "Indicateurs", "Indicators", lambda one: ", ".join(map(str, one.indicators)), read_indicators, ("indicateur", "indicator", "indicateurs qualiopi"), is_required=True),
        Column("indicator_labels", "Libellés des indicateurs", "Wording of the indicators", lambda one: "\n".join(map(named, one.indicators)), width=60),
        Column("valid_from", "Valable du", "Valid from", lambda one: one.valid_from, read_day, width=14),
        Column("valid_until", "Valable jusqu’au", "Valid until", lambda one: one.valid_until, read_day, ("expire le", "fin de validité"), cleared=None, width=16),
        Column("owner", "Responsable", "Owner", lambda one: one.owner.email if one.owner_id else None, read_person, ("e-mail du responsable", "owner email"), width=32),
        *name_columns("responsable", "Owner"),
        Column("description", "Description", "Description", lambda one: one.description, read_text, cleared="", width=60),
        Column("url", "Adresse", "Link", lambda one: one.url, read_text, ("lien", "url", "address"), cleared="", width=40),
        Column("record_type", "Type de fiche", "Record type", lambda one: known.label if (known := record_types.get(one.record_type)) else one.record_type, read_record_type, cleared="", width=24),
        Column("record", "Fiche", "Record", lambda one: one.record_id, read_text, ("record id", "identifiant de la fiche"), cleared="", width=30),
        Column("confidential", "Confidentielle", "Confidential", lambda one: one.confidential, read_flag, width=14),
        Column("status", "Statut", "Status", lambda one: one.get_status_display(), choice_of(EvidenceStatus), ("état",), width=14),
        Column("withdrawal_reason", "Motif du retrait", "Reason of withdrawal", lambda one: one.withdrawal_reason, read_text, width=40),
        ID,
    )  # fmt: skip

    def may_import(self, actor: Actor) -> bool:
        return policies.can_manage_evidence(actor)

    def may_export(self, actor: Actor) -> bool:
        return policies.can_read_readiness(actor)  # who sees the whole register

    def as_seen_by(self, record: Any, actor: Actor) -> Any:
        """Return confidential evidence without its contents."""
        if not record.confidential:
            return record
        bare = copy(record)
        for name in CONTENTS:
            setattr(bare, name, "")
        bare.owner = None
        return bare

    def alike(self, given: Given) -> Any:
        names = ("title", "kind", "document_date")
        rows: QuerySet[Any] = Evidence.objects.filter(**{one: given.get(one) for one in names})
        return only(rows, "title")

    def present(self, record: Any, name: str) -> Any:
        """Return what a file shows: an empty cell leaves confidential contents as they are."""
        if record.confidential and (name in CONTENTS or name == "record"):
            return ""
        if name == "indicators":
            return tuple(record.indicators)
        return super().present(record, "record_id" if name == "record" else name)

    def create(self, given: Given, actor: Actor) -> Evidence:
        """Add it; what was withdrawn elsewhere is withdrawn here too."""
        values, status, why = _parted(given)
        if not (values.get("owner_id") or actor.id):  # a command, in nobody’s name
            raise CellError(_("Une valeur est attendue."), "owner")
        if not values.get("author"):
            raise CellError(_("Une valeur est attendue."), "author")
        with transaction.atomic():
            evidence = services.add_evidence(draft=services.EvidenceDraft(**values), actor=actor)
            _withdraw(evidence, status, why, actor)
        return evidence

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        values, status, why = _parted(changes)
        with transaction.atomic():
            evidence = services.change_evidence(evidence=record, changes=values, actor=actor)
            _withdraw(evidence, status, why, actor)
        return evidence


def _parted(given: Given) -> tuple[Given, str, str]:
    """Return what services take by name, the status and why it was withdrawn."""
    values = {**given}
    status, why = values.pop("status", ""), values.pop("withdrawal_reason", "")
    for name, attribute in (("owner", "owner_id"), ("record", "record_id")):
        if name in values:
            values[attribute] = values.pop(name)
    if "indicators" in values:
        values["indicators"] = list(values["indicators"])
    return values, status, why


def _withdraw(evidence: Evidence, status: str, why: str, actor: Actor) -> None:
    if status == EvidenceStatus.WITHDRAWN:
        if not why:
            raise CellError(_("Indiquez le motif du retrait."), "withdrawal_reason")
        services.withdraw_evidence(evidence=evidence, withdrawal_reason=why, actor=actor)
    elif why:
        raise CellError(_("Indiquez un motif seulement pour un retrait."), "withdrawal_reason")


register(EvidenceRecords())
