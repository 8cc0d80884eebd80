"""What is done of itself: by night, assignees are told what is late."""

from actionplans.services import remind_assignees
from qualiforma.jobs.nightly import nightly
from qualiforma.jobs.queue import job


@nightly
@job(name="actionplans.remind_assignees")
def tell_what_is_late() -> None:
    """Remind each assignee of a due date that has passed, once."""
    remind_assignees()
