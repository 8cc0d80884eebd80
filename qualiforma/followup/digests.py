"""Who gets a reminder today, and its contents.

The morning's run only decides who has something new to be told; what a mail says is read again when
it is sent, and what was said is recorded once the mail server has it. Hence a run that was missed, or
made twice, tells each thing once, and what is done by then is in no mail.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from qualiforma import audit
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.followup.audit import DIGEST
from qualiforma.followup.models import Digest, Reminded, ReminderPreference, ReminderSettings
from qualiforma.followup.reminders import (
    ESCALATED,
    DueKind,
    Thing,
    due_things,
    due_things_of,
    sources,
)

Description = Mapping[tuple[str, str, str], tuple[date, int]]


@dataclass(frozen=True)
class Line:
    """One due thing of a reminder."""

    thing: Thing
    stage: int
    # Of the mail.
    day: date
    # Somebody else's, who has been late for more than a week.
    is_escalated: bool
    # Whose it is; several people where it is in parts.
    owners: tuple[str, ...] = ()

    @property
    def days_late(self) -> int:
        """How many days its date is past; negative before."""
        return (self.day - self.thing.due).days


@dataclass(frozen=True)
class Reader:
    """A recipient, with what decides which things they are reminded of."""

    user: User
    settings: ReminderSettings
    preference: ReminderPreference

    @property
    def is_admin(self) -> bool:
        """Whether legal dates reach this person whatever is muted."""
        return self.user.role == Role.ADMIN

    @property
    def lead(self) -> int:
        """How many days before its date a thing is spoken of."""
        return self.preference.lead_days or self.settings.lead_days

    def hears(self, source: DueKind) -> bool:
        """Say whether this person is reminded of things of a source."""
        if sources[source].is_legal and self.is_admin:
            return True
        chosen = (self.settings, self.preference)
        return all(one.is_on and source not in one.muted for one in chosen)

    def line(self, thing: Thing, day: date, told: Description) -> Line | None:
        """Return this person's reminder of a thing on that day, if anything is new."""
        stage = thing.stage(day, self.lead)
        if stage is None or not self.hears(thing.source):
            return None
        is_own = thing.owner == self.user.pk or (thing.owner is None and self.is_admin)
        is_over = self.is_admin or thing.chief == self.user.pk
        if not is_own and (stage < ESCALATED or not is_over):
            return None
        due, last = told.get((self.user.pk, thing.source, thing.id), (None, -1))
        if due == thing.due and last >= stage:
            return None
        owners = (thing.owner,) if thing.owner else ()
        return Line(thing, stage, day, is_escalated=not is_own, owners=owners)


@dataclass(frozen=True)
class Plan:
    """What a run would send: each recipient with their due things."""

    day: date
    lines: dict[str, list[Line]] = field(default_factory=dict)
    readers: dict[str, Reader] = field(default_factory=dict)


def plan_digests(day: date) -> Plan:
    """Return each recipient's due things on a day. Cost: five statements, one where nothing is due."""
    things = due_things(day)
    if not things:
        return Plan(day)
    readers = _readers()
    told = _told(Reminded.objects.filter(object_id__in={one.id for one in things}))
    lines: defaultdict[str, list[Line]] = defaultdict(list)
    admins = [key for key, reader in readers.items() if reader.is_admin]
    for one in things:
        for key in dict.fromkeys((one.owner, one.chief, *admins)):
            reader = readers.get(key or "")
            if reader and (line := reader.line(one, day, told)):
                lines[reader.user.pk].append(line)
    return Plan(day, {key: _each_thing_once(found) for key, found in lines.items()}, readers)


def queue_digests(day: date) -> int:
    """Queue a reminder for each person with something new; return how many.

    One a person and day, however often this runs.
    """
    from qualiforma.followup.mails import digest as mail  # it imports this module

    plan = plan_digests(day)
    with transaction.atomic():
        made = [Digest(user_id=key, day=day) for key in sorted(plan.lines)]
        Digest.objects.bulk_create(made, ignore_conflicts=True)
        ours = set(
            Digest.objects.filter(pk__in=[one.pk for one in made]).values_list("pk", flat=True)
            if made
            else ()
        )
        for one in made:
            if one.pk in ours:
                with override(plan.readers[one.user_id].preference.language):
                    mail.send(digest=one.pk)
    return len(ours)


def lines_of(digest: Digest) -> list[Line]:
    """Return what a digest says at this moment. Another of the same person waits meanwhile.

    Cost: four statements; no lock of the trail.
    """
    waiting = Digest.objects.filter(user=digest.user_id, sent_at__isnull=True)
    if digest.pk not in {one.pk for one in waiting.select_for_update().order_by("pk")}:
        return []
    day = max(digest.day, timezone.localdate())
    reader = reader_of(digest.user)
    things = due_things_of(digest.user_id, day, is_admin=reader.is_admin)
    told = _told(Reminded.objects.filter(user=digest.user_id))
    return _each_thing_once(line for one in things if (line := reader.line(one, day, told)))


def _each_thing_once(lines: Iterable[Line]) -> list[Line]:
    """Join the lines of one thing: a person's own part, else one line for all the others' parts."""
    found: dict[tuple[DueKind, str], Line] = {}
    for line in lines:
        key = line.thing.source, line.thing.id
        other = found.get(key)
        if other is None or (other.is_escalated and not line.is_escalated):
            found[key] = line
        elif line.is_escalated and other.is_escalated:
            found[key] = replace(other, owners=other.owners + line.owners)
    return list(found.values())


@audit.audited("followup.digest.sent")
def record_sent(*, digest: Digest, lines: Iterable[Line]) -> None:
    """Note what was sent to whom, in the trail too. Runs once the mail server has the mail."""
    lines = list(lines)
    Digest.objects.filter(pk=digest.pk).update(sent_at=timezone.now())
    Reminded.objects.bulk_create(
        [
            Reminded(
                user_id=digest.user_id,
                source=one.thing.source,
                object_id=one.thing.id,
                due=one.thing.due,
                stage=one.stage,
            )
            for one in lines
        ],
        update_conflicts=True,
        unique_fields=["user", "source", "object_id"],
        update_fields=["due", "stage"],
    )
    things = [
        {"source": one.thing.source, "id": one.thing.id, "due": one.thing.due.isoformat()}
        for one in lines
    ]
    audit.log_event(
        DIGEST, digest.pk, user=digest.user_id, day=digest.day.isoformat(), things=things
    )


def reader_of(user: User) -> Reader:
    """Return a person with what they and the organisation chose. Cost: two statements."""
    preference = ReminderPreference.objects.filter(user=user).first()
    return Reader(user, read_settings(), preference or ReminderPreference(user=user))


def read_settings() -> ReminderSettings:
    """Return what the organisation chose, with the defaults where it chose nothing. Cost: one statement."""
    found: ReminderSettings | None = ReminderSettings.objects.first()
    return found or ReminderSettings()


def _readers() -> dict[str, Reader]:
    """Return every active person, by id. Cost: two statements."""
    settings = read_settings()
    people = User.objects.filter(is_active=True).select_related("reminder_preference")
    return {
        one.pk: Reader(
            one, settings, getattr(one, "reminder_preference", None) or ReminderPreference(user=one)
        )
        for one in people
    }


def _told(rows: Iterable[Reminded]) -> Description:
    return {(one.user_id, one.source, one.object_id): (one.due, one.stage) for one in rows}
