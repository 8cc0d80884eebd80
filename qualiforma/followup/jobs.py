"""Reminders of a morning: one mail a person, for each organisation where something is due."""

from django.utils import timezone

from qualiforma.followup.digests import queue_digests
from qualiforma.followup.reminders import is_anything_due
from qualiforma.jobs.mornings import each_morning
from qualiforma.jobs.queue import job


@each_morning(is_needed=is_anything_due)
@job(name="followup.remind")
def remind() -> None:
    """Queue a reminder for each person with something new."""
    queue_digests(timezone.localdate())
