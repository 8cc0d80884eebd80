"""Imports that are too long for a request, and the end of what they leave."""

from qualiforma.jobs.nightly import nightly
from qualiforma.jobs.queue import job
from qualiforma.training.importing import uploads
from qualiforma.training.importing.models import RecordImport


@job(name="training.check_import", atomic=False, long=True)
def check_import(*, running: str) -> None:
    """Run the trial of an upload. Not atomic: its progress is published meanwhile; repeating it gives the same result."""
    for one in RecordImport.objects.filter(pk=running):
        uploads.check(one)


@job(name=uploads.CARRY_OUT, atomic=False, long=True)
def carry_out_import(*, running: str) -> None:
    """Write an upload that was confirmed. Not atomic: a repetition goes on after the last piece."""
    for one in RecordImport.objects.filter(pk=running):
        uploads.write(one)
        uploads.let_go(one)


@nightly
@job(name="training.purge_imports", atomic=False)
def purge_imports() -> None:
    """Forget old uploads and reports: they hold what people are called."""
    uploads.purge_old()
