"""What workers do: exports, and by night the purge of old files."""

from actionplans.services import fail_export, make_export, purge_exports
from qualiforma.jobs.nightly import nightly
from qualiforma.jobs.queue import job


@job(name="actionplans.fail_export")
def tell_of_failure(*, export: str) -> None:
    """Tell who asked for an export that it could not be made."""
    fail_export(export_id=export)


@job(name="actionplans.build_export", atomic=False, long=True, after_failure=tell_of_failure)
def build_export(*, export: str) -> None:
    """Make an export and mail its link."""
    make_export(export_id=export)


@nightly
@job(name="actionplans.purge_exports", atomic=False)
def purge_old_exports() -> None:
    """Delete the files of exports whose links are dead."""
    purge_exports()
