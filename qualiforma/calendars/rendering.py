"""A calendar as text (RFC 5545), the same text for the same content: its digest is its ETag."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from qualiforma.calendars.sources import DueItem, DueState

PRODUCT = "-//QualiForma//QualiForma//FR"
# What programs show on one line; the whole text stands in the description.
SUMMARY_MAX = 200
# How often programs that heed it should ask again.
REFRESH = timedelta(hours=1)


def render(name: str, items: Iterable[DueItem], *, scope: str) -> bytes:
    """Return the calendar of this name. `scope` makes the ids of its events unique in the world."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    for item in sorted(items, key=lambda one: (one.day, one.id)):
        calendar.add_component(_event(item, scope))
    return bytes(calendar.to_ical())


def _event(item: DueItem, scope: str) -> Event:
    """Return an all-day event. An event has no state "done" in RFC 5545: its title says it."""
    event = Event()
    event.add("uid", f"{item.id}@{scope}.qualiforma")
    event.add("sequence", item.sequence)
    event.add("dtstamp", item.changed_at)
    event.add("last-modified", item.changed_at)
    event.add("dtstart", item.day)
    if item.day < date.max:  # without an end it lasts its day
        event.add("dtend", item.day + timedelta(days=1))
    event.add("summary", _title(item))
    event.add("description", "\n".join(_description(item)))
    event.add("status", "CANCELLED" if item.state is DueState.CANCELLED else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # nobody is busy all day because of a due date
    return event


def _title(item: DueItem) -> str:
    title = " ".join(item.title.split())
    title = title if len(title) <= SUMMARY_MAX else f"{title[: SUMMARY_MAX - 1]}…"
    if item.state is DueState.DONE:
        return _("Terminé : %s") % title
    return _("Annulé : %s") % title if item.state is DueState.CANCELLED else title


def _description(item: DueItem) -> Iterable[str]:
    yield item.title
    if item.plan:
        yield _("Plan : %s") % item.plan
    if item.completed_at:
        day = timezone.localdate(item.completed_at)
        yield _("Terminé le %s") % formats.date_format(day, "DATE_FORMAT")
