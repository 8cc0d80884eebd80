"""Services of exports of records: asked for on a page, made by a worker, fetched by link or page."""

from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import get_language

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import NotAllowedError
from qualiforma.exports import progress
from qualiforma.exports.kinds import ExportKind, kind_of
from qualiforma.exports.lifecycle import AGAIN_WITHIN, Family
from qualiforma.exports.models import TITLE_MAX, ExportState, FileExport

# What a request may write itself: as a workbook 0.75 s of the processor. More is a worker's.
DIRECT_ROWS = 1_000


@audit.audited("exports.file.requested")
def request_file(
    *, kind: ExportKind, title: str, rows: int, options: Mapping[str, Any], actor: Actor
) -> FileExport:
    """Have an export made and mailed to the caller, in the language of now.

    `rows`: how many are expected. Errors: `NotAllowedError`.
    """
    if not kind.may_ask(actor, options):
        raise NotAllowedError
    recent = FileExport.objects.filter(
        requested_by=actor.id,
        kind=kind.name,
        options=options,
        state=ExportState.QUEUED,
        requested_at__gt=timezone.now() - AGAIN_WITHIN,
    ).first()
    if recent is not None:
        return recent
    export = FileExport(
        requested_by_id=actor.id,
        role=actor.role,
        language=get_language() or "fr",
        kind=kind.name,
        title=title[:TITLE_MAX],
        options=dict(options),
    )
    export.save(force_insert=True)
    progress.begin(export.pk, rows)
    _queue(export)
    return export


def make_file(*, export_id: str) -> None:
    """Write the file, store it, announce it."""
    FILES.make(export_id)
    progress.end(export_id)


def fail_file(*, export_id: str) -> None:
    """Record that an export is tried no more, and tell who asked for it."""
    FILES.fail(export_id)
    progress.end(export_id)


def _write(export: FileExport, file: IO[bytes], instant: datetime) -> tuple[str, Mapping[str, Any]]:
    with progress.telling(export.pk) as tell:
        written = kind_of(export.kind).write(export, file, tell)
    name, result = written if isinstance(written, tuple) else (written, {})
    return name, {"result": result}


def _queue(export: FileExport) -> None:
    from qualiforma.exports.jobs import build_file  # which calls this module

    build_file.enqueue({"export": export.pk})


def _announce(export: FileExport) -> None:
    from qualiforma.exports.mails import file_ready

    file_ready.send(export=export.pk)


def _announce_failure(export: FileExport) -> None:
    from qualiforma.exports.mails import file_failed

    file_failed.send(export=export.pk)


FILES = Family(
    model=FileExport,
    action="exports.file",
    link="download",
    folder="downloads",
    write=_write,
    queue=_queue,
    announce=_announce,
    announce_failure=_announce_failure,
)
