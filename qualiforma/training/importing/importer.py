"""Import: each row by the services that everything else uses; and the trial of a file."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from qualiforma.training.importing.batching import joined_trips
from qualiforma.training.importing.columns import KEPT
from qualiforma.training.importing.exceptions import CellError, UnknownRecordError
from qualiforma.training.importing.kinds import Kind
from qualiforma.training.importing.kinds.base import Given
from qualiforma.training.importing.lookups import Lookups
from qualiforma.training.importing.missing import MADE_SHOWN, Made, Maker, shown_made, tables_of
from qualiforma.training.importing.showing import ROWS_SHOWN, shown_columns, shown_row
from qualiforma.training.importing.source import Row
from qualiforma.training.importing.table import Reading, Table
from qualiforma.training.importing.trials import on_copies
from qualiforma.training.importing.values import is_nothing
from qualiforma.training.services.shared import remembering

CODE = "training.records.imported"
VALUE_SHOWN = 80
# For commands: nobody in particular, as for everything that the system does.
SYSTEM_ACTOR = Actor(id=None, name="", role=Role.ADMIN)  # type: ignore[arg-type]  # trail and keys take None for nobody
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
    shown: dict[str, Any] = field(default_factory=dict)
    # What rows needed and is created with them: how many of each kind, and the first.
    made: Counter[str] = field(default_factory=Counter)
    first_made: list[Made] = field(default_factory=list)

    def count(self, taken: "Taken") -> None:
        """Count a row, and what is created with it."""
        setattr(self, taken.became, getattr(self, taken.became) + 1)
        self.made.update(one.kind for one in taken.made)
        self.first_made += taken.made[: max(MADE_SHOWN - len(self.first_made), 0)]

    @property
    def left(self) -> int:
        """How many rows have not been looked at."""
        return self.total - self.done

    @property
    def done(self) -> int:
        """How many rows have been looked at."""
        return self.created + self.changed + self.unchanged + self.refused


@dataclass(frozen=True)
class Taken:
    """What became of a row. Shape: `became` names the count it belongs to."""

    row: int
    became: str
    record: str = ""
    refusals: tuple[Refusal, ...] = ()
    # What else the row needed, and is created with it.
    made: tuple[Made, ...] = ()


@dataclass(frozen=True)
class Understood:
    """A row whose cells are read: its values, what an emptied cell clears, what cannot be read.

    `unknown` is the part of what cannot be read that names a record that is not there.
    """

    row: Row
    given: Given
    cleared: Given
    refusals: list[Refusal]
    unknown: list[UnknownRecordError]


class _UndoneError(Exception):
    """A row is refused after what it needs was created."""

    def __init__(self, taken: Taken) -> None:
        super().__init__()
        self.taken = taken


def try_out(
    kind: Kind,
    path: Path,
    *,
    actor: Actor,
    on_refusal: Callable[[Refusal], None],
    on_row: Callable[[Outcome], None] = lambda _outcome: None,
    reading: Reading | None = None,
) -> Outcome:
    """Run an import of a file without storing anything or holding locks.

    Memory: a piece of the file, and a digest per row. Errors: `UnreadableFileError`, before
    anything is tried. Cost: that of `on_copies`, then two trips to the database for a new row.
    """
    table = Table(path, kind.columns, reading=reading)
    creates = reading.creates if reading else ()
    outcome = Outcome(total=table.total, notices=list(table.notices))
    first: list[dict[str, Any]] = []
    outcome.shown = {"columns": shown_columns(table), "rows": first}
    taker = Taker(kind, table, actor, creates=creates)
    copied = on_copies(kind, tables_of(creates))
    with copied, audit.action(CODE, actor=actor), joined_trips(), remembering():
        for row in table.rows():
            understood = taker.understand(row)
            taken = taker.take(understood)
            if len(first) < ROWS_SHOWN:
                now = taker.understand(row) if taken.made else understood
                first.append(shown_row(kind, table, row, now.given))
            for one in taken.refusals:
                on_refusal(one)
            outcome.count(taken)
            on_row(outcome)
    outcome.shown["made"] = shown_made(outcome.first_made, outcome.made)
    return outcome


class Taker:
    """Imports rows one by one, each by the service that API and admin use.

    `seen`: the records of earlier rows, by their ids, and those rows' numbers.
    """

    def __init__(
        self,
        kind: Kind,
        table: Table,
        actor: Actor,
        expected_versions: Mapping[str, int] | None = None,
        *,
        creates: Sequence[str] = (),
    ) -> None:
        self._kind = kind
        self._table = table
        self._actor = actor
        self._lookups = Lookups()
        self._maker = Maker(kind, table, actor, creates)
        # By a digest: a large file names many records.
        self._seen = {hash(record): row for record, row in (expected_versions or {}).items()}

    def look_anew(self) -> None:
        """Forget what was found for earlier rows: others may have changed it since."""
        self._lookups = Lookups()

    def understand(self, row: Row) -> Understood:
        """Read the cells of a row, and find what they name. Writes and locks nothing."""
        given: Given = {}
        cleared: Given = {}
        refusals, unknown = [], []
        for index, column in self._table.columns.items():
            if column.reads is None:
                continue
            cell = row.cells.get(index)
            if cell is None or is_nothing(cell):
                if column.cleared is not KEPT:
                    cleared[column.name] = column.cleared
                continue
            try:
                given[column.name] = column.reads(cell, self._lookups)
            except CellError as error:
                refusals.append(self._refusal(row, column.name, str(error.reason)))
                if isinstance(error, UnknownRecordError):
                    error.column = column.name
                    unknown.append(error)
        empty = [
            column
            for index, column in self._table.columns.items()
            if column.is_required and is_nothing(row.cells.get(index))
        ]
        refusals += [self._refusal(row, one.name, _("Une valeur est attendue.")) for one in empty]
        return Understood(row, given, cleared, refusals, unknown)

    def take(self, understood: Understood) -> Taken:
        """Write a row that was just read, and what it needs. Refused, it leaves nothing."""
        row, refusals = understood.row, understood.refusals
        unknown = understood.unknown
        if unknown and len(unknown) == len(refusals) and self._maker.may_create(unknown):
            return self._take_with(understood)
        if not refusals:
            try:
                became, record = self._write(row, understood.given, understood.cleared)
            except CellError as error:
                refusals = [self._refusal(row, error.column, str(error.reason))]
            except InvalidFieldsError as error:
                refusals = list(self._of_fields(row, error))
            except RuleError as error:
                refusals = [self._refusal(row, "", str(error.detail))]
            else:
                self._seen[hash(record)] = row.number
                return Taken(row.number, became, record)
        return Taken(row.number, "refused", refusals=tuple(refusals))

    def _take_with(self, understood: Understood) -> Taken:
        """Create what a row names, then write it; both or nothing."""
        row = understood.row
        described = [one for one in understood.unknown if one.rank >= 0] or understood.unknown
        try:
            with transaction.atomic():
                made = [self._maker.create(row, one, self._lookups) for one in described]
                taken = self._taken_whole(self.understand(row))
        except _UndoneError as undone:
            self.look_anew()  # what was found meanwhile is gone
            return undone.taken
        except CellError as error:
            self.look_anew()
            refusal = self._refusal(row, error.column, str(error.reason))
            return Taken(row.number, "refused", refusals=(refusal,))
        created = tuple(one for one in made if one is not None)
        # `taken` has what was created after these: the next people of a cell that names several.
        return replace(taken, made=created + taken.made)

    def _taken_whole(self, understood: Understood) -> Taken:
        """Errors: `_UndoneError` for a row that is refused."""
        taken = self.take(understood)
        if taken.refusals:
            raise _UndoneError(taken)
        return taken

    def _write(self, row: Row, given: Given, cleared: Given) -> tuple[str, str]:
        kind = self._kind
        kind.complete(given, self._lookups)
        found = kind.find(given)
        if found is None:
            if missing := kind.missing(given):
                raise CellError(
                    _("Cette colonne est nécessaire pour créer une fiche."), missing[0].name
                )
            return "created", str(kind.create(given, self._actor).pk)
        if earlier := self._seen.get(hash(str(found.pk))):
            raise CellError(_("La ligne %d concerne déjà la même fiche.") % earlier)
        if "id" in given:  # without, the row may be about another record than it seems
            given = cleared | given
            kind.complete(given, self._lookups)
        changes = kind.differing(found, given)
        if not changes:
            return "unchanged", str(found.pk)
        kind.change(found, changes, self._actor)
        return "changed", str(found.pk)

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
