"""Imports from pages: an upload is tried, confirmed, written; large ones by a worker."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override

from qualiforma.accounts.actor import Actor
from qualiforma.files import stored_below, tenant_folder
from qualiforma.tenants.context import aside
from qualiforma.training.exchange.kinds import KINDS, Kind
from qualiforma.training.exchange.models import ImportStatus, RecordImport
from qualiforma.training.exchange.refusals import ImportStateError
from qualiforma.training.exchange.reports import report_file, write_refusal
from qualiforma.training.exchange.table import Table
from qualiforma.training.exchange.taking import Mode, Outcome, Refusal, take
from qualiforma.training.exchange.trials import is_light

# What a request may take on itself: about two seconds. More is a worker's.
DIRECT_ROWS = 200
REFUSALS_SHOWN = 100
KEPT_FOR = timedelta(days=7)
TOLD_EVERY_SECONDS = 0.5
PROGRESS = "UPDATE exchange_recordimport SET done = %s WHERE id = %s"


class GivenUpError(Exception):
    """Somebody gave the import up while it ran: what it did is undone."""


def begin(*, kind: Kind, upload: "File[bytes]", name: str, actor: Actor) -> RecordImport:
    """Keep an upload that can be read as this kind. It is not tried yet.

    Errors: `UnreadableFileError`; then nothing is kept.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder, "upload")
        with path.open("wb") as file:
            file.writelines(upload.chunks())
        total = Table(path, kind.columns).total
        made = RecordImport(
            kind=kind.name,
            file_name=name[:200],
            total=total,
            language=(get_language() or "fr")[:2],
            started_by_id=actor.id,
        )
        with path.open("rb") as file:
            made.upload_key = default_storage.save(_key(made, "upload"), File(file))
    made.save(force_insert=True)
    return made


def is_direct(running: RecordImport) -> bool:
    """Say whether the request itself may do it."""
    return running.total <= DIRECT_ROWS


def is_tried_at_once(running: RecordImport) -> bool:
    """Say whether the request itself may try it."""
    return is_direct(running) and is_light(KINDS[running.kind])


def check(running: RecordImport) -> None:
    """Try the whole file and keep what would happen. Tried again, it says the same."""
    if running.status == ImportStatus.CHECKING:
        with suppress(GivenUpError):
            _run(running, Mode.DRY_RUN, ImportStatus.CHECKED)


@transaction.atomic
def confirm(*, running: RecordImport, mode: Mode, actor: Actor) -> RecordImport:
    """Say that it shall be done. Errors: `ImportStateError` when it does not wait for that.

    An import of everything with refused rows would write nothing: it is not offered.
    """
    running = RecordImport.objects.select_for_update().get(pk=running.pk)
    is_whole = mode == Mode.SKIP_BAD or not running.refused
    if running.status != ImportStatus.CHECKED or mode == Mode.DRY_RUN or not is_whole:
        raise ImportStateError(current=running.status)
    running.status, running.mode, running.done = ImportStatus.IMPORTING, mode.value, 0
    running.started_by_id = actor.id  # it is written in the name of who says so
    running.save(update_fields=["status", "mode", "done", "started_by"])
    return running


def write(running: RecordImport) -> None:
    """Write what was confirmed. Done once: its end is the same commit's."""
    if running.status == ImportStatus.IMPORTING:
        with suppress(GivenUpError):
            _run(running, Mode(running.mode), ImportStatus.DONE)


def let_go(running: RecordImport) -> None:
    """Delete the upload of what is written, once that is committed."""
    if running.status == ImportStatus.DONE:
        default_storage.delete(running.upload_key)


@transaction.atomic
def give_up(running: RecordImport) -> None:
    """Forget an import that is not written; one that runs writes nothing, as its end finds no row.

    Errors: `ImportStateError` when it is over.
    """
    for found in RecordImport.objects.select_for_update().filter(pk=running.pk):
        if found.status == ImportStatus.DONE:
            raise ImportStateError(current=found.status)
        _forget(found)


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


def _run(running: RecordImport, mode: Mode, end: ImportStatus) -> None:
    kind = KINDS[running.kind]
    refusals: list[Refusal] = []
    with (
        TemporaryDirectory() as folder,
        override(running.language),
        _telling(running) as tell,
    ):
        upload, report = Path(folder, "upload"), Path(folder, "report.csv")
        _fetch(running.upload_key, upload)
        # One commit for the records and for the word that they are there.
        with transaction.atomic():
            with report_file(report) as writer:

                def note(refusal: Refusal) -> None:
                    write_refusal(writer, refusal)
                    if len(refusals) < REFUSALS_SHOWN:
                        refusals.append(refusal)

                outcome = take(
                    kind,
                    upload,
                    mode=mode,
                    actor=Actor.of(running.started_by),
                    on_refusal=note,
                    on_row=tell,
                )
            _require_wanted(running)
            if outcome.refused:
                _keep_report(running, report)
            _keep(running, outcome, refusals, end)


def _require_wanted(running: RecordImport) -> None:
    """Lock the row to the end, before a file is kept that nobody would delete.

    Errors: `GivenUpError` when it is gone, or further than this run knows.
    """
    rows = RecordImport.objects.select_for_update()
    if not rows.filter(pk=running.pk, status=running.status).exists():
        raise GivenUpError


def _keep(
    running: RecordImport, outcome: Outcome, refusals: list[Refusal], end: ImportStatus
) -> None:
    for name in ("total", "created", "changed", "unchanged", "refused", "is_written", "notices"):
        setattr(running, name, getattr(outcome, name))
    running.done = outcome.done
    running.refusals = [asdict(one) for one in refusals]
    running.status = end
    running.save()


def _keep_report(running: RecordImport, report: Path) -> None:
    if running.report_key:
        default_storage.delete(running.report_key)
    with report.open("rb") as file:
        running.report_key = default_storage.save(_key(running, "report.csv"), File(file))


def _fetch(key: str, path: Path) -> None:
    with default_storage.open(key) as stored, path.open("wb") as file:
        file.writelines(stored.chunks())


def _key(running: RecordImport, name: str) -> str:
    return f"{tenant_folder('imports')}{running.pk}/{name}"


@contextmanager
def _telling(running: RecordImport) -> Iterator[Callable[[Outcome], None]]:
    """Return what tells others how far a run is, twice a second; a short one tells nothing."""
    if is_direct(running):
        yield lambda _outcome: None
        return
    with aside() as cursor:
        told = time.monotonic()

        def tell(outcome: Outcome) -> None:
            nonlocal told
            if time.monotonic() - told >= TOLD_EVERY_SECONDS:
                cursor.execute(PROGRESS, [outcome.done, running.pk])
                told = time.monotonic()

        yield tell
