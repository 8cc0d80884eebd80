"""Imports from pages: an upload is tried, confirmed, written; large ones by a worker."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import timedelta
from itertools import islice
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override

from qualiforma.accounts.actor import Actor
from qualiforma.files import stored_below, tenant_folder
from qualiforma.folders import temporary_folder
from qualiforma.jobs.queue import JOBS
from qualiforma.stored_files.checking import open_stored
from qualiforma.tenants.context import autonomous_connection
from qualiforma.training.importing.chunks import (
    REFUSALS_SHOWN,
    GivenUpError,
    PieceWriter,
    actor_of,
    reading_of,
    write_all,
)
from qualiforma.training.importing.exceptions import ImportStateError, UnreadableFileError
from qualiforma.training.importing.headings import known_headings, remember_headings
from qualiforma.training.importing.importer import Mode, Outcome, Refusal, try_out
from qualiforma.training.importing.kinds import KINDS, Kind
from qualiforma.training.importing.missing import tables_of
from qualiforma.training.importing.models import Became, ImportStatus, RecordImport
from qualiforma.training.importing.refused import reasons_of, refused_file
from qualiforma.training.importing.reports import read_report, report_file, write_refusal
from qualiforma.training.importing.table import Table
from qualiforma.training.importing.trials import is_light
from qualiforma.training.importing.values import fold
from qualiforma.uploads import digest_of

# What a request may take on itself: to try it, and to write the first piece. More is a worker's.
DIRECT_ROWS = 200
KEPT_FOR = timedelta(days=7)
TOLD_EVERY_SECONDS = 0.5
# One cause of many rows does not hide the others on the page, which shows one row less.
ROWS_OF_A_CAUSE = 21
CARRY_OUT = "training.carry_out_import"
PROGRESS = "UPDATE exchange_recordimport SET done = %s WHERE id = %s"


def begin(
    *,
    kind: Kind,
    upload: "File[bytes]",
    name: str,
    actor: Actor,
    alphabet: str = "",
    creates: Sequence[str] = (),
) -> RecordImport:
    """Keep an upload that can be read as this kind, or whose columns people may say. It is not tried yet.

    Errors: `UnreadableFileError`; then nothing is kept.
    """
    with temporary_folder("import") as folder:
        path = Path(folder, "upload")
        with path.open("wb") as file:
            file.writelines(upload.chunks())
        made = RecordImport(
            kind=kind.name,
            file_name=name[:200],
            alphabet=alphabet,
            headings=known_headings(kind),
            creates=list(creates),
            language=(get_language() or "fr")[:2],
            started_by_id=actor.id,
        )
        _look_at(made, path)
        with path.open("rb") as file:
            made.sha256 = digest_of(file)
            made.upload_key = default_storage.save(_key(made, "upload"), File(file))
    made.save(force_insert=True)
    return made


def _look_at(running: RecordImport, path: Path) -> None:
    """Count the rows; where headings are not understood, ask what they mean. Errors: as `begin`."""
    columns = KINDS[running.kind].columns
    try:
        table = Table(path, columns, reading=reading_of(running))
    except UnreadableFileError as error:
        if not error.headings:
            raise
        known = {name: one.name for one in columns for name in one.names()} | running.headings
        running.status = ImportStatus.MAPPING
        running.notices = [str(error.detail)]
        running.shown = {
            "columns": [
                {"heading": one, "becomes": "", "column": known.get(fold(one), "")}
                for one in error.headings
            ]
        }
    else:
        running.status, running.total = ImportStatus.CHECKING, table.total


@transaction.atomic
def read_again(*, running: RecordImport, meanings: Mapping[str, str], actor: Actor) -> RecordImport:
    """Read an upload anew with these columns, which are remembered for files to come.

    Shape: `meanings` is a heading of the file to the name of a column, empty to ignore it.
    Errors: `ImportStateError` once it is confirmed; `UnreadableFileError`, and nothing is remembered.
    """
    running = RecordImport.objects.select_for_update().get(pk=running.pk)
    if running.status not in {ImportStatus.CHECKED, ImportStatus.MAPPING}:
        raise ImportStateError(current=running.status)
    kind = KINDS[running.kind]
    remember_headings(kind, meanings)
    running.headings = known_headings(kind)
    running.started_by_id = actor.id
    with _fetched(running) as upload:
        _look_at(running, upload)
    running.done = running.refused = 0
    running.refusals = []
    running.save()
    return running


def is_direct(running: RecordImport) -> bool:
    """Say whether the request itself may do it."""
    return running.total <= DIRECT_ROWS


def is_tried_at_once(running: RecordImport) -> bool:
    """Say whether the request itself may try it."""
    return is_direct(running) and is_light(KINDS[running.kind], tables_of(running.creates))


def check(running: RecordImport) -> None:
    """Try the whole file and keep what would happen. Tried again, it says the same."""
    if running.status != ImportStatus.CHECKING:
        return
    refusals: list[Refusal] = []
    causes: Counter[tuple[str, str, str]] = Counter()
    with _fetched(running) as upload, _telling(running) as tell, suppress(GivenUpError):
        report = upload.with_name("report.csv")
        with report_file(report) as writer:

            def note(refusal: Refusal) -> None:
                write_refusal(writer, refusal)
                cause = (refusal.column, refusal.value, refusal.reason)
                causes[cause] += 1
                if causes[cause] <= ROWS_OF_A_CAUSE and len(refusals) < REFUSALS_SHOWN:
                    refusals.append(refusal)

            outcome = try_out(
                KINDS[running.kind],
                upload,
                actor=actor_of(running),
                on_refusal=note,
                on_row=tell,
                reading=reading_of(running),
            )
        with transaction.atomic():
            _require_wanted(running)
            if outcome.refused:
                _keep_report(running, report)
            _keep(running, outcome, refusals)


@transaction.atomic
def confirm(*, running: RecordImport, mode: Mode, actor: Actor) -> RecordImport:
    """Say that it shall be written, or go on. Errors: `ImportStateError` when it waits for neither.

    An import of everything with refused rows would write nothing: it is not offered.
    """
    running = RecordImport.objects.select_for_update().get(pk=running.pk)
    is_whole = mode == Mode.SKIP_BAD or not running.refused
    if running.status == ImportStatus.CHECKED:
        may_go_on = is_whole
    else:
        may_go_on = is_interrupted(running)
        running.refusals = [asdict(one) for one in islice(refusals_of(running), REFUSALS_SHOWN)]
    if not may_go_on or mode == Mode.DRY_RUN:
        raise ImportStateError(current=running.status)
    if running.status == ImportStatus.CHECKED:
        running.done = 0
    running.status, running.mode = ImportStatus.IMPORTING, mode.value
    running.started_by_id = actor.id  # it is written in the name of who says so
    running.save(update_fields=["status", "mode", "done", "started_by", "refusals"])
    return running


def is_interrupted(running: RecordImport) -> bool:
    """Say whether an import stopped before its end and no worker runs it: it may be resumed. Cost: one query."""
    if running.status == ImportStatus.STOPPED:
        return True
    is_writing = running.status == ImportStatus.IMPORTING
    return is_writing and not JOBS[CARRY_OUT].is_queued({"running": running.pk})


def refusals_of(running: RecordImport) -> Iterator[Refusal]:
    """Yield why rows were refused of what is written so far. Memory: one piece."""
    rows = running.rows.filter(became=Became.REFUSED).order_by("number")
    for row in rows.iterator():
        yield from (Refusal(**one) for one in row.refusals)


def write_refused(running: RecordImport, path: Path) -> None:
    """Write the refused rows of an import as they are in its file, with the reason.

    The trial's, then those of what is written. Errors: `FileNotFoundError` once the upload is gone.
    """
    if not running.upload_key:
        raise FileNotFoundError(running.pk)
    with _fetched(running) as upload:
        if running.position:
            reasons = reasons_of(refusals_of(running))
        else:
            report = upload.with_name("report.csv")
            with open_stored(running.report_key) as stored, report.open("wb") as file:
                shutil.copyfileobj(stored, file)
            reasons = reasons_of(read_report(report))
        columns = KINDS[running.kind].columns
        table = Table(upload, columns, reading=reading_of(running))
        refused_file(path, table, reasons)


def write(running: RecordImport, *, is_first_only: bool = False) -> None:
    """Write what was confirmed, from its current state to its end, or its first piece.

    Nothing once who confirmed it may not import any more: somebody else may go on.
    """
    may_import = KINDS[running.kind].may_import(actor_of(running))
    if running.status != ImportStatus.IMPORTING or not may_import:
        return
    with _fetched(running) as upload, suppress(GivenUpError):
        writer = PieceWriter(running, upload)
        if is_first_only:
            writer.write_piece()
        else:
            write_all(writer)


def let_go(running: RecordImport) -> None:
    """Forget the upload of what is written, once that is committed, then delete it.

    Where rows are refused it is kept as long as the import: they are taken from it.
    """
    if running.status == ImportStatus.DONE and running.upload_key and not running.refused:
        RecordImport.objects.filter(pk=running.pk).update(upload_key="")
        default_storage.delete(running.upload_key)


@transaction.atomic
def give_up(running: RecordImport) -> bool:
    """Forget an import of which nothing is written, stop one of which something is.

    Who runs it writes no more, as it does not find the row as it was. Return whether it is forgotten.
    Errors: `ImportStateError` when it is over.
    """
    for found in RecordImport.objects.select_for_update().filter(pk=running.pk):
        if found.status == ImportStatus.DONE or (
            found.position and found.status == ImportStatus.STOPPED
        ):
            raise ImportStateError(current=found.status)
        if found.position:
            found.status = ImportStatus.STOPPED
            found.save(update_fields=["status"])
            return False
        _forget(found)
    return True


def purge_old() -> int:
    """Forget the imports of last week and before, with their files; return how many."""
    before = timezone.now() - KEPT_FOR
    old = list(RecordImport.objects.filter(started_at__lt=before))
    for one in old:
        _forget(one)
    named = set(RecordImport.objects.values_list("pk", flat=True))
    for key, _size in list(stored_below(tenant_folder("imports").rstrip("/"))):
        # Left by a crash between storing a file and entering it.
        if key.split("/")[-2] not in named and default_storage.get_modified_time(key) < before:
            default_storage.delete(key)
    return len(old)


def _forget(running: RecordImport) -> None:
    for key in filter(None, (running.upload_key, running.report_key)):
        default_storage.delete(key)
    running.delete()


@contextmanager
def _fetched(running: RecordImport) -> Iterator[Path]:
    """Yield a local copy of the upload, in the language that the import speaks."""
    with temporary_folder("import") as folder, override(running.language):
        path = Path(folder, "upload")
        with open_stored(running.upload_key) as stored, path.open("wb") as file:
            shutil.copyfileobj(stored, file)
        yield path


def _require_wanted(running: RecordImport) -> None:
    """Lock the row until the end, before a file is stored that would otherwise be orphaned.

    Errors: `GivenUpError` when it is gone, or further than this run knows.
    """
    rows = RecordImport.objects.select_for_update()
    if not rows.filter(pk=running.pk, status=running.status).exists():
        raise GivenUpError


def _keep(running: RecordImport, outcome: Outcome, refusals: list[Refusal]) -> None:
    for name in ("total", "created", "changed", "unchanged", "refused", "notices", "shown"):
        setattr(running, name, getattr(outcome, name))
    running.done = outcome.done
    running.refusals = [asdict(one) for one in refusals]
    running.status = ImportStatus.CHECKED
    running.save()


def _keep_report(running: RecordImport, report: Path) -> None:
    if running.report_key:
        default_storage.delete(running.report_key)
    with report.open("rb") as file:
        running.report_sha256 = digest_of(file)
        running.report_key = default_storage.save(_key(running, "report.csv"), File(file))


def _key(running: RecordImport, name: str) -> str:
    return f"{tenant_folder('imports')}{running.pk}/{name}"


@contextmanager
def _telling(running: RecordImport) -> Iterator[Callable[[Outcome], None]]:
    """Return a callback that publishes a run's progress, twice a second."""
    if is_direct(running):
        yield lambda _outcome: None
        return
    with autonomous_connection() as cursor:
        told = time.monotonic()

        def tell(outcome: Outcome) -> None:
            nonlocal told
            if time.monotonic() - told >= TOLD_EVERY_SECONDS:
                cursor.execute(PROGRESS, [outcome.done, running.pk])
                told = time.monotonic()

        yield tell
