"""What a kind of record says of itself so that files of it can be read and written."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.search import called
from qualiforma.training import policies
from qualiforma.training.importing.columns import Column
from qualiforma.training.importing.exceptions import CellError
from qualiforma.training.importing.lookups import Lookups
from qualiforma.training.importing.values import is_same, read_text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Given = dict[str, Any]
# Of so many records of one name but for their accents, an exact one is looked for.
ALIKE_MAX = 50
ID = Column("id", "Identifiant", "Id", lambda one: one.pk, read_text, width=30)


class Kind:
    """One kind of record. Subclasses name columns and services; `given` is values by field.

    `fixed` names what no import changes once the record is there; None stands for everything:
    evidence.
    """

    name: ClassVar[str]
    title: ClassVar["StrOrPromise"]
    model: ClassVar[type[Model]]
    columns: Sequence[Column]
    fixed: ClassVar[Sequence[str] | None] = ()
    # Column to what stands in the model file.
    example: ClassVar[Mapping[str, str]] = {}
    related: ClassVar[Sequence[str]] = ()
    order: ClassVar[Sequence[str]] = ("created_at", "pk")
    # What its services lock and write besides the records themselves.
    touched: ClassVar[Sequence[type[Model]]] = ()
    # Which kinds an import can be asked to create where a row names a record that is not there.
    creates: ClassVar[Sequence[str]] = ()
    # The role of people whom an import of this kind creates: the least that its records ask for.
    created_role: ClassVar[Role] = Role.LEARNER
    # What the page says before people confirm.
    warning: ClassVar["StrOrPromise"] = ""
    # What people should know of such files beforehand.
    note: ClassVar["StrOrPromise"] = ""

    def __init__(self) -> None:
        examples = self.example
        self.columns = [replace(one, example=examples.get(one.name, "")) for one in self.columns]

    def written(self) -> list[Column]:
        """Return the columns of an export."""
        return [one for one in self.columns if not one.only_read]

    def may_import(self, actor: Actor) -> bool:
        """Say whether this person may bring records in."""
        return policies.can_import_records(actor)

    def may_export(self, actor: Actor) -> bool:
        """Say whether this person may take records out."""
        return policies.can_export_records(actor)

    def records(self) -> "QuerySet[Any]":
        """Return every record, in an order in which an import can bring them back."""
        return self._rows().select_related(*self.related).order_by(*self.order)

    def as_seen_by(self, record: Any, actor: Actor) -> Any:
        """Return a record as this person may take it out."""
        return record

    def complete(self, given: Given, lookups: Lookups) -> None:
        """Work out what follows from several columns. Errors: `CellError`."""

    def find(self, given: Given) -> Any:
        """Return the record that a row is about: of its id, else of what tells records apart."""
        if wanted := given.get("id"):
            return self._rows().filter(pk=wanted).first()
        return self.alike(given)

    def alike(self, given: Given) -> Any:
        """Return the record that a row without an id is about. Errors: `CellError` for several."""
        raise NotImplementedError

    def present(self, record: Any, name: str) -> Any:
        """Return a record's value of a column, as readers would return it."""
        field: Any = self.model._meta.get_field(name)  # no reverse relation
        return getattr(record, field.attname)

    def differing(self, record: Any, given: Given) -> Given:
        """Return what of a row is not so yet. Errors: `CellError` for what stays as it is."""
        changes = {
            name: new
            for name, new in given.items()
            if name != "id" and not is_same(self.present(record, name), new)
        }
        for name in changes:
            if self.fixed is None:
                text = _(
                    "La fiche %s sert de preuve : elle ne change plus. Valeur enregistrée : %s."
                )
                raise CellError(text % (record.pk, self._told(record, name)), name)
            if name in self.fixed:
                text = _("Cette valeur de la fiche %s ne change plus. Valeur enregistrée : %s.")
                raise CellError(text % (record.pk, self._told(record, name)), name)
        return changes

    def create(self, given: Given, actor: Actor) -> Any:
        """Enter the record, by its service."""
        raise NotImplementedError

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        """Change the record, by its service."""
        raise NotImplementedError

    def missing(self, given: Given) -> list[Column]:
        """Return the columns that a new record cannot do without."""
        return [one for one in self.columns if one.is_required and one.name not in given]

    def _rows(self) -> "QuerySet[Any]":
        return self.model._default_manager.all()

    def _told(self, record: Any, name: str) -> str:
        shown = next(one for one in self.columns if one.name == name).shows(record)
        return "–" if shown in {None, ""} else str(shown)


def only(rows: "QuerySet[Any]", name: str) -> Any:
    """Return the one row there is, None without. Errors: `CellError` for several.

    Cost: one light query for a new record, which is the usual case of a large file.
    """
    found = [str(one) for one in rows.order_by("pk").values_list("pk", flat=True)[:2]]
    if len(found) > 1:
        text = _("Plusieurs fiches correspondent (%s) ; donnez l’identifiant.")
        raise CellError(text % ", ".join(found), name)
    return rows.get(pk=found[0]) if found else None


def one_named(rows: "QuerySet[Any]", text: str | None, field: str) -> Any:
    """Return the one row of a name: exactly so, else but for accents, spaces and case.

    Errors: `CellError` for several. Cost: one light query for a new record.
    """
    if text is None:
        return None
    alike = called(rows, text, field).order_by("pk").values_list("pk", field)
    found = list(alike[:ALIKE_MAX])
    exact = [pk for pk, name in found if name == text]
    return only(rows.filter(pk__in=exact or [pk for pk, _name in found]), field) if found else None


def within_second(instant: datetime) -> tuple[datetime, datetime]:
    """Return the bounds of the second that a spreadsheet shows of an instant."""
    start = instant.replace(microsecond=0)
    return start, start.replace(microsecond=999_999)
