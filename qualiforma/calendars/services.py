"""Calendar feeds: made, revoked, read."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from qualiforma import audit, calendar_tokens
from qualiforma.accounts.actor import Actor
from qualiforma.calendars.models import CalendarFeed
from qualiforma.calendars.sources import KEPT, DueItem, sources
from qualiforma.errors import MissingError
from qualiforma.tenants.context import current_scope


@dataclass(frozen=True)
class Subject:
    """What a feed is of: a plan, or without one its person's own work."""

    plan_type: str = ""
    plan_id: str = ""

    def title(self, actor: Actor) -> str | None:
        """Return the calendar's name for this person; None where they may not see the plan."""
        if self == OWN_WORK:
            return _("Mes échéances")
        source = sources.get(self.plan_type)
        return source.title(actor, self.plan_id) if source else None


OWN_WORK = Subject()


@dataclass(frozen=True)
class NewFeed:
    """A feed that was just made; its address is answered once and kept nowhere."""

    feed: CalendarFeed
    address: str


@audit.audited("calendars.feed.made")
def make_feed(*, actor: Actor, subject: Subject = OWN_WORK) -> NewFeed:
    """Make a feed of this person's; the address of the one before it is dead from now on.

    Errors: `MissingError` for a plan that they may not see.
    """
    if subject.title(actor) is None:
        raise MissingError
    scope = current_scope()
    token = calendar_tokens.new_token(scope)
    feed, _made = CalendarFeed.objects.update_or_create(
        user_id=actor.id,
        plan_type=subject.plan_type,
        plan_id=subject.plan_id,
        defaults={
            "digest": calendar_tokens.digest(token),
            "language": get_language() or settings.LANGUAGE_CODE,
            "created_at": timezone.now(),
        },
    )
    return NewFeed(feed, f"{settings.PUBLIC_URL}/calendar/{token}.ics")


@audit.audited("calendars.feed.revoked")
def revoke_feed(*, actor: Actor, subject: Subject = OWN_WORK) -> None:
    """Let the feed's address be dead; one that does not exist is."""
    find = {"plan_type": subject.plan_type, "plan_id": subject.plan_id}
    CalendarFeed.objects.filter(user_id=actor.id, **find).delete()


def find_feed(*, actor: Actor, subject: Subject = OWN_WORK) -> CalendarFeed | None:
    """Return this person's feed of this subject, None without one."""
    find = {"plan_type": subject.plan_type, "plan_id": subject.plan_id}
    return CalendarFeed.objects.filter(user_id=actor.id, **find).first()


def feeds_of_plans(actor: Actor) -> list[CalendarFeed]:
    """Return this person's feeds of plans, those of plans that they see no more among them."""
    feeds = CalendarFeed.objects.filter(user_id=actor.id).exclude(plan_type="")
    return list(feeds.order_by("created_at", "id"))


def feed_of_token(token: str) -> CalendarFeed | None:
    """Return the feed that this token of the open schema opens.

    A token that was revoked, one that never was and one of nothing like our shape cost the same
    statement.
    """
    wanted = calendar_tokens.digest(token)
    feed = CalendarFeed.objects.select_related("user").filter(digest=wanted).first()
    is_right = hmac.compare_digest(feed.digest if feed else "", wanted)
    return feed if feed and is_right and feed.user.is_active else None


def calendar_of(feed: CalendarFeed) -> bytes | None:
    """Return the feed's calendar; None where its person may not see the plan any more."""
    # Its library takes a third of a second to load, which only those who read a calendar need.
    from qualiforma.calendars.rendering import render

    actor = Actor.of(feed.user)
    subject = Subject(feed.plan_type, feed.plan_id)
    with override(feed.language):
        name = subject.title(actor)
        if name is None:
            return None
        return render(name, _items(actor, subject), scope=current_scope())


def _items(actor: Actor, subject: Subject) -> Iterable[DueItem]:
    since = timezone.localdate() - KEPT
    if subject.plan_type:
        return sources[subject.plan_type].of_plan(actor, subject.plan_id, since)
    return [item for source in sources.values() for item in source.own(actor, since)]
