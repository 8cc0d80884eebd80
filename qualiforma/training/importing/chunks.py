"""Writing an import in pieces: each holds the trail for about half a second, and is one commit."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from time import monotonic, sleep

from django.db import transaction

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.training.importing.batching import joined_trips
from qualiforma.training.importing.importer import (
    CODE,
    SYSTEM_ACTOR,
    Mode,
    Outcome,
    Refusal,
    Taken,
    Taker,
    Understood,
)
from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.importing.missing import shown_made
from qualiforma.training.importing.models import Became, ImportedRow, ImportStatus, RecordImport
from qualiforma.training.importing.source import Row
from qualiforma.training.importing.table import Reading, Table
from qualiforma.training.services.shared import remembering

# How long a piece takes rows while the trail is locked, how many it reads before that, and how long
# the others have between two pieces: they look again every 0.1 s (decision 18).
PIECE_SECONDS = 0.5
PIECE_ROWS = 200
PAUSE_SECONDS = 0.12
REFUSALS_SHOWN = 100


class GivenUpError(Exception):
    """Somebody stopped the import or has taken it over: this run writes no more."""


class _RefusedError(Exception):
    """A row is refused of an import that is to leave out none: its piece is undone."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__()
        self.refusals = refusals


def actor_of(running: RecordImport) -> Actor:
    """Return in whose name an import is run."""
    return Actor.of(running.started_by) if running.started_by else SYSTEM_ACTOR


def reading_of(running: RecordImport) -> Reading:
    """Return how its file is read."""
    return Reading(running.alphabet, running.headings, running.creates)


class PieceWriter:
    """Writes what was confirmed, from its current state. The file is the one that was confirmed.

    A row is dealt with exactly once, whatever dies in between: the records, the import's position,
    its counts and the row's own entry are one commit, and a run that does not find the position
    that it has counted itself ends.
    """

    def __init__(self, running: RecordImport, path: Path) -> None:
        kind = KINDS[running.kind]
        table = Table(path, kind.columns, reading=reading_of(running))
        with path.open("rb") as file:
            running.sha256 = file_digest(file, "sha256").hexdigest()
        running.total = table.total
        running.notices = list(table.notices)
        self._running = running
        self._actor = actor_of(running)
        expected_versions = running.rows.exclude(record="").values_list("record", "number")
        versions = dict(expected_versions.iterator())
        self._taker = Taker(kind, table, self._actor, versions, creates=running.creates)
        self._rows: Iterator[Row] = (row for row in table.rows() if row.number > running.position)
        self._ahead: deque[Row] = deque()
        # How many to read for the next piece: some more than the last one took.
        self._size = PIECE_ROWS

    def write_piece(self) -> bool:
        """Write the next piece; say whether the import goes on.

        Its rows are read, and what they name is looked up, before the trail is locked; what was
        not found is looked up once more when it is: an earlier row of the piece may have made it.
        An import that is to leave out no row stops at the first that is refused, its piece undone.
        Errors: `GivenUpError`.
        """
        self._ahead.extend(islice(self._rows, PIECE_ROWS + 1 - len(self._ahead)))
        self._taker.look_anew()
        batch = [self._taker.understand(row) for row in islice(self._ahead, self._size)]
        try:
            with audit.action(CODE, actor=self._actor):
                with joined_trips(), remembering():
                    self._lock()
                    taken = self._take(batch)
                self._keep(taken)
        except _RefusedError as error:
            self._stop(error.refusals)
            return False
        for _row in taken:
            self._ahead.popleft()
        self._size = min(PIECE_ROWS, len(taken) * 5 // 4 + 1)
        return self._running.status == ImportStatus.IMPORTING

    def _lock(self) -> None:
        """Lock the import's row to the end.

        Errors: `GivenUpError` when it is not as this run knows, or who confirmed it is no longer
        active or has another role: somebody else may go on.
        """
        running = self._running
        rows = RecordImport.objects.select_for_update(of=("self",))
        known = {"status": ImportStatus.IMPORTING, "position": running.position}
        if running.started_by_id:
            known |= {"started_by__is_active": True, "started_by__role": self._actor.role}
        if not rows.filter(pk=running.pk, **known).exists():
            raise GivenUpError

    def _take(self, batch: list[Understood]) -> list[Taken]:
        end = monotonic() + PIECE_SECONDS
        found: list[Taken] = []
        for understood in batch:
            one = understood
            if one.refusals:
                one = self._taker.understand(one.row)
            taken = self._taker.take(one)
            if taken.refusals and self._running.mode == Mode.ALL:
                raise _RefusedError(taken.refusals)
            found.append(taken)
            if monotonic() >= end:
                break
        return found

    def _keep(self, taken: list[Taken]) -> None:
        """Enter what became of the rows, in the import and in the trail."""
        running = self._running
        piece = Outcome(total=len(taken))
        for one in taken:
            piece.count(one)
        if not running.position:  # the counts so far are the trial's
            running.refusals = []
            running.shown = {**running.shown, "made": []}
            for name in Became.values:
                setattr(running, name, 0)
        counts = {name: getattr(piece, name) for name in Became.values}
        for name, count in counts.items():
            setattr(running, name, getattr(running, name) + count)
        refusals = [asdict(refusal) for one in taken for refusal in one.refusals]
        running.refusals = [*running.refusals, *refusals][:REFUSALS_SHOWN]
        made = shown_made(piece.first_made, piece.made, running.shown.get("made", ()))
        running.shown = {**running.shown, "made": made}
        running.done = sum(getattr(running, name) for name in Became.values)
        running.position, running.is_written = taken[-1].row, True
        if len(taken) == len(self._ahead):
            running.status = ImportStatus.DONE
        running.save()
        ImportedRow.objects.bulk_create(
            ImportedRow(
                running=running,
                number=one.row,
                became=one.became,
                record=one.record,
                made=[asdict(other) for other in one.made],
                refusals=[asdict(refusal) for refusal in one.refusals],
            )
            for one in taken
        )
        lines = {"first_row": taken[0].row, "last_row": taken[-1].row}
        audit.log_event("", "", kind=running.kind, sha256=running.sha256, **lines, **counts)

    def _stop(self, refusals: tuple[Refusal, ...]) -> None:
        with transaction.atomic():
            self._lock()
            self._running.refusals = [asdict(one) for one in refusals]
            self._running.status = ImportStatus.STOPPED
            self._running.save()


def write_all(writer: PieceWriter, on_piece: Callable[[], None] = lambda: None) -> None:
    """Write piece after piece, leaving the trail to others in between. Errors: `GivenUpError`."""
    while writer.write_piece():
        on_piece()
        sleep(PAUSE_SECONDS)
    on_piece()
