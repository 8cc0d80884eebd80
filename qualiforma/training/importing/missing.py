"""Records that a file names and nobody has entered: created where who imports asks for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.errors import InvalidFieldsError, RuleError
from qualiforma.training.importing.exceptions import CellError, UnknownRecordError
from qualiforma.training.importing.kinds import KINDS, Kind
from qualiforma.training.importing.lookups import Lookups
from qualiforma.training.importing.source import Row
from qualiforma.training.importing.table import Table
from qualiforma.training.importing.values import is_nothing

MADE_SHOWN = 50
# Beside the names of kinds: whether people who are created are invited.
INVITATIONS = "invitations"
ROLE_LABELS = {
    Role.LEARNER: gettext_lazy("les personnes inconnues, comme apprenants"),
    Role.TRAINER: gettext_lazy("les personnes inconnues, comme formateurs"),
    Role.MANAGER: gettext_lazy("les personnes inconnues, comme responsables d’entreprise"),
}
LABELS = {
    "companies": gettext_lazy("les entreprises inconnues"),
    "courses": gettext_lazy("les formations inconnues"),
    INVITATIONS: gettext_lazy("et inviter par e-mail les personnes créées"),
}


@dataclass(frozen=True)
class Made:
    """A record that a row needed. Shape: `kind` by name; `name` as the file gives it; `record` its id."""

    kind: str
    name: str
    record: str


def choices_of(kind: Kind, actor: Actor) -> list[tuple[str, Any]]:
    """Return what an import of this kind may create for this person."""
    names = [name for name in kind.creates if KINDS[name].may_import(actor)]
    names += [INVITATIONS] if "users" in names else []
    labels = {**LABELS, "users": ROLE_LABELS[kind.created_role]}
    return [(name, labels[name]) for name in names]


def tables_of(creates: Iterable[str]) -> list[Any]:
    """Return the models that creating these writes."""
    kinds = [KINDS[name] for name in creates if name in KINDS]
    return [model for kind in kinds for model in (kind.model, *kind.touched)]


class Maker:
    """Creates what rows name, by the services that imports of that kind use."""

    def __init__(self, kind: Kind, table: Table, actor: Actor, creates: Iterable[str]) -> None:
        self._table = table
        self._actor = actor
        self._created_role = kind.created_role
        asked = set(creates)
        self._is_inviting = INVITATIONS in asked
        self._kinds = {
            name: KINDS[name] for name in asked & set(kind.creates) if KINDS[name].may_import(actor)
        }

    def may_create(self, errors: Iterable[UnknownRecordError]) -> bool:
        """Say whether everything that a row lacks may be created."""
        return all(one.kind in self._kinds for one in errors)

    def create(self, row: Row, error: UnknownRecordError, lookups: Lookups) -> Made | None:
        """Create what a cell names, with what else the row says of it; None where it is there by then.

        Errors: `CellError`, on the column of that cell.
        """
        kind = self._kinds[error.kind]
        try:
            given = {**self._filled(kind, row, error.rank, lookups), **error.given}
            if error.kind == "users":
                given |= {"role": self._created_role, "is_sent": self._is_inviting}
            kind.complete(given, lookups)
            if kind.alike(given) is None:
                self._require_whole(kind, given)
                record = kind.create(given, self._actor)
                return Made(error.kind, next(iter(error.given.values())), str(record.pk))
        except InvalidFieldsError as refused:
            details = " ".join(str(one.detail) for one in refused.errors)
            raise CellError(details, error.column) from refused
        except CellError as refused:
            raise CellError(refused.reason, error.column) from refused
        except RuleError as refused:
            raise CellError(str(refused.detail), error.column) from refused
        return None

    def _filled(self, kind: Kind, row: Row, rank: int, lookups: Lookups) -> dict[str, Any]:
        """Return what columns of the file say of a new record of this kind.

        Shape: `rank` is the line of a cell that says something of several records.
        """
        readers = {one.name: one.reads for one in kind.columns}
        given: dict[str, Any] = {}
        for index, column in self._table.columns.items():
            if column.fills is None or column.fills[0] != kind.name:
                continue
            cell = row.cells.get(index)
            if isinstance(cell, str):
                lines = [line for line in cell.split("\n") if line.strip()]
                cell = lines[rank] if 0 <= rank < len(lines) else None
            if (reads := readers[column.fills[1]]) and cell is not None and not is_nothing(cell):
                given[column.fills[1]] = reads(cell, lookups)
        return given

    @staticmethod
    def _require_whole(kind: Kind, given: Mapping[str, Any]) -> None:
        if missing := kind.missing(dict(given)):
            text = _("Fiche inconnue. Pour la créer, il manque dans le fichier : %s.")
            raise CellError(text % ", ".join(one.fr for one in missing))


def shown_made(
    made: Iterable[Made], counts: Mapping[str, int], earlier: Iterable[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Return what rows need besides: how many of each kind, and the first by name.

    Shape: `earlier` is what this returned for the rows before.
    """
    found = {one["kind"]: dict(one) for one in earlier}
    for name, count in counts.items():
        title = str(KINDS[name].title)
        one = found.setdefault(title, {"kind": title, "count": 0, "names": []})
        names = [other.name for other in made if other.kind == name]
        one |= {"count": one["count"] + count, "names": [*one["names"], *names][:MADE_SHOWN]}
    return list(found.values())
