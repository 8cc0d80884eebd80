"""What workers do of exports."""

from qualiforma.exports import services
from qualiforma.jobs.nightly import nightly_on_the_platform_too
from qualiforma.jobs.queue import job


@job(name="exports.fail_file")
def fail_file(*, export: str) -> None:
    """Tell who asked for an export that it could not be made."""
    services.fail_file(export_id=export)


@job(name="exports.build_file", atomic=False, long=True, after_failure=fail_file)
def build_file(*, export: str) -> None:
    """Make an export and mail its link."""
    services.make_file(export_id=export)


@nightly_on_the_platform_too
@job(name="exports.purge_files", atomic=False)
def purge_files() -> None:
    """Delete the files of exports whose links are dead."""
    services.FILES.purge()
