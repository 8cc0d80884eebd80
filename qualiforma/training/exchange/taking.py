"""Import: each row by the services that any other door uses, all of it in one transaction."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.errors import InvalidFieldsError, RuleError
from qualiforma.training.exchange.columns import KEPT
from qualiforma.training.exchange.kinds import Kind
from qualiforma.training.exchange.kinds.base import Given
from qualiforma.training.exchange.lookups import Lookups
from qualiforma.training.exchange.refusals import CellError
from qualiforma.training.exchange.source import Row
from qualiforma.training.exchange.table import Table
from qualiforma.training.exchange.trials import on_copies
from qualiforma.training.exchange.trips import joined_trips
from qualiforma.training.services.shared import remembering

VALUE_SHOWN = 80
# For commands: nobody in particular, as for everything that the system does.
NOBODY = Actor(id=None, name="", role=Role.ADMIN)  # type: ignore[arg-type]  # trail and keys take None for nobody
# Which field of a service stands in which column.
FIELD_COLUMNS = {"rank": "number"}


class Mode(TextChoices):
    """What becomes of the rows."""

    DRY_RUN = "DRY_RUN", gettext_lazy("Essai")
    ALL = "ALL", gettext_lazy("Tout ou rien")
    SKIP_BAD = "SKIP_BAD", gettext_lazy("Sans les lignes refusées")


@dataclass(frozen=True)
class Refusal:
    """One reason why a row is refused. Shape: `column` as the file heads it, `value` shortened."""

    row: int
    column: str
    value: str
    reason: str


@dataclass
class Outcome:
    """What an import did, or would do. `refused` counts rows, each may have several reasons."""

    total: int
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    is_written: bool = False
    notices: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many rows have been looked at."""
        return self.created + self.changed + self.unchanged + self.refused


def take(
    kind: Kind,
    path: Path,
    *,
    mode: Mode,
    actor: Actor,
    on_refusal: Callable[[Refusal], None],
    on_row: Callable[[Outcome], None] = lambda _outcome: None,
) -> Outcome:
    """Import a file, or try to.

    One transaction: ALL writes nothing when a row is refused, DRY_RUN nothing at all. The rows
    stand in the trail under the actions of their services, the import under its own, with the
    file's SHA-256. Memory: a piece of the file, and a digest per row.
    Errors: `UnreadableFileError`, before anything is tried.
    Cost: two trips to the database for a new row. The tenant's trail is locked until the end;
    other writers wait.
    """
    table = Table(path, kind.columns)
    outcome = Outcome(total=table.total, notices=list(table.notices))
    taker = _Taker(kind, table, actor, on_refusal)
    is_trial = mode == Mode.DRY_RUN
    with on_copies(kind) if is_trial else transaction.atomic():
        with audit.action("training.records.imported", actor=actor):
            with joined_trips(), remembering():
                for row in table.rows():
                    taken = taker.take(row)
                    setattr(outcome, taken, getattr(outcome, taken) + 1)
                    on_row(outcome)
            _note(kind, path, outcome)
        if mode == Mode.ALL and outcome.refused:
            transaction.set_rollback(True)
        else:
            outcome.is_written = not is_trial
    return outcome


def _note(kind: Kind, path: Path, outcome: Outcome) -> None:
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    counts = {one: getattr(outcome, one) for one in ("created", "changed", "unchanged", "refused")}
    audit.enter("", "", kind=kind.name, sha256=digest, **counts)


class _Taker:
    """Takes one row after the other."""

    def __init__(
        self, kind: Kind, table: Table, actor: Actor, on_refusal: Callable[[Refusal], None]
    ) -> None:
        self._kind = kind
        self._table = table
        self._actor = actor
        self._on_refusal = on_refusal
        self._lookups = Lookups()
        # Records of earlier rows, by a digest of their id.
        self._seen: dict[int, int] = {}

    def take(self, row: Row) -> str:
        """Return what became of a row: the name of the count it belongs to."""
        given, cleared, refusals = self._read(row)
        if not refusals:
            try:
                return self._write(row, given, cleared)  # a refusing service undoes its own
            except CellError as error:
                refusals = [self._refusal(row, error.column, str(error.reason))]
            except InvalidFieldsError as error:
                refusals = list(self._of_fields(row, error))
            except RuleError as error:
                refusals = [self._refusal(row, "", str(error.detail))]
        for one in refusals:
            self._on_refusal(one)
        return "refused"

    def _read(self, row: Row) -> tuple[Given, Given, list[Refusal]]:
        given: Given = {}
        cleared: Given = {}
        refusals = []
        for index, column in self._table.columns.items():
            if column.reads is None:
                continue
            cell = row.cells.get(index)
            if cell is None:
                if column.cleared is not KEPT:
                    cleared[column.name] = column.cleared
                continue
            try:
                given[column.name] = column.reads(cell, self._lookups)
            except CellError as error:
                refusals.append(self._refusal(row, column.name, str(error.reason)))
        empty = [
            column
            for index, column in self._table.columns.items()
            if column.is_required and index not in row.cells
        ]
        refusals += [self._refusal(row, one.name, _("Une valeur est attendue.")) for one in empty]
        return given, cleared, refusals

    def _write(self, row: Row, given: Given, cleared: Given) -> str:
        kind = self._kind
        kind.complete(given, self._lookups)
        found = kind.find(given)
        if found is None:
            if missing := kind.missing(given):
                raise CellError(_("Une nouvelle fiche a besoin de cette colonne."), missing[0].name)
            self._remember(row, kind.create(given, self._actor))
            return "created"
        self._remember(row, found)
        if "id" in given:  # without, the row may be about another record than it seems
            given = cleared | given
            kind.complete(given, self._lookups)
        changes = kind.differing(found, given)
        if not changes:
            return "unchanged"
        kind.change(found, changes, self._actor)
        return "changed"

    def _remember(self, row: Row, record: Any) -> None:
        """Errors: `CellError` when an earlier row is about the same record."""
        earlier = self._seen.setdefault(hash(record.pk), row.number)
        if earlier != row.number:
            raise CellError(_("La ligne %d concerne déjà la même fiche.") % earlier)

    def _of_fields(self, row: Row, error: InvalidFieldsError) -> Iterator[Refusal]:
        for one in error.errors:
            name = one.field.split("[")[0].split(".")[0]
            yield self._refusal(row, FIELD_COLUMNS.get(name, name), str(one.detail))

    def _refusal(self, row: Row, name: str, reason: str) -> Refusal:
        indexes = [index for index, one in self._table.columns.items() if one.name == name]
        if not indexes:
            known = [one for one in self._kind.columns if one.name == name]
            return Refusal(row.number, known[0].fr if known else "", "", reason)
        value = str(row.cells.get(indexes[0], ""))
        shown = value if len(value) <= VALUE_SHOWN else f"{value[: VALUE_SHOWN - 1]}…"
        return Refusal(row.number, self._table.titles[indexes[0]], shown, reason)
