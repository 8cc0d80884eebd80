"""Imports of files that lie on this machine, for commands."""

from collections.abc import Callable, Sequence
from hashlib import file_digest
from pathlib import Path

from django.utils.translation import get_language

from qualiforma.accounts.actor import Actor
from qualiforma.training.importing.chunks import GivenUpError, PieceWriter, write_all
from qualiforma.training.importing.exceptions import ImportStateError
from qualiforma.training.importing.headings import known_headings
from qualiforma.training.importing.importer import Mode, Outcome, Refusal, try_out
from qualiforma.training.importing.kinds import Kind
from qualiforma.training.importing.models import Became, ImportStatus, RecordImport
from qualiforma.training.importing.table import Reading
from qualiforma.training.importing.uploads import refusals_of

Noter = Callable[[Refusal], None]
Progress = Callable[[Outcome], None]
UNFINISHED = (ImportStatus.IMPORTING, ImportStatus.STOPPED)


def unfinished(kind: Kind, path: Path) -> RecordImport | None:
    """Return the import of this very file by a command that was interrupted, if there is one."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    found = RecordImport.objects.filter(kind=kind.name, sha256=digest, upload_key="")
    begun = found.filter(status__in=UNFINISHED, position__gt=0)
    return begun.order_by("-started_at").first()


def import_file(  # noqa: PLR0913 - each is a choice of who imports
    kind: Kind,
    path: Path,
    *,
    mode: Mode,
    actor: Actor,
    on_refusal: Noter,
    on_progress: Progress = lambda _outcome: None,
    creates: Sequence[str] = (),
) -> Outcome:
    """Import a file, or try to. ALL tries first, and writes nothing when a row is refused.

    Errors: `UnreadableFileError`, before anything is tried.
    """
    if mode != Mode.SKIP_BAD:
        tried = try_out(
            kind,
            path,
            actor=actor,
            on_refusal=on_refusal,
            on_row=on_progress,
            reading=Reading(headings=known_headings(kind), creates=creates),
        )
        if mode == Mode.DRY_RUN or tried.refused:
            return tried
    running = RecordImport(
        kind=kind.name,
        file_name=path.name[:200],
        status=ImportStatus.IMPORTING,
        mode=mode.value,
        headings=known_headings(kind),
        creates=list(creates),
        language=(get_language() or "fr")[:2],
        started_by_id=actor.id,
    )
    return _written(running, path, on_refusal, on_progress)


def go_on(
    running: RecordImport,
    path: Path,
    *,
    mode: Mode,
    actor: Actor,
    on_refusal: Noter,
    on_progress: Progress = lambda _outcome: None,
) -> Outcome:
    """Go on with an interrupted import after the last row that is dealt with.

    Errors: `ImportStateError` when somebody else has brought it to its end meanwhile.
    """
    changes = {"status": ImportStatus.IMPORTING, "mode": mode.value, "started_by": actor.id}
    if not RecordImport.objects.filter(pk=running.pk, status__in=UNFINISHED).update(**changes):
        running.refresh_from_db()
        raise ImportStateError(current=running.status)
    running.refresh_from_db()
    return _written(running, path, on_refusal, on_progress)


def _written(
    running: RecordImport, path: Path, on_refusal: Noter, on_progress: Progress
) -> Outcome:
    writer = PieceWriter(running, path)  # reads the file: one that cannot be read leaves no import
    if running.position:  # somebody else may have gone on with it while the file was read
        running.save(update_fields=["sha256", "total", "notices"])
    else:
        running.save()
    try:
        write_all(writer, lambda: on_progress(outcome_of(running)))
    except GivenUpError as error:
        running.refresh_from_db()
        raise ImportStateError(current=running.status) from error
    for one in refusals_of(running):
        on_refusal(one)
    if running.status == ImportStatus.STOPPED:
        for stopping in running.refusals:
            on_refusal(Refusal(**stopping))
    return outcome_of(running)


def outcome_of(running: RecordImport) -> Outcome:
    """Return what is written of an import so far."""
    counts = {name: getattr(running, name) for name in Became.values}
    return Outcome(
        total=running.total,
        is_written=running.is_written,
        notices=running.notices,
        shown={"made": running.shown.get("made", [])},
        **counts,
    )
