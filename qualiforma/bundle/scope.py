"""What a bundle is of: a period, a grid, a sample of learners, and where the trail stood.

A scope is settled once, before anything is written; the same scope makes the same bytes. Days are
days in Paris, both ends of the period included.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.audit import chain
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.verify_trail import FIRST
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.qualiopi.grids import Grid, grid_for
from qualiforma.readiness import YEAR
from qualiforma.tenants.context import current_tenant

Head = tuple[int, str]
SAMPLE_MAX = 500
REASON_MAX = 500


@dataclass(frozen=True)
class Cycle:
    """What the cycle of audits asks for: the first day since the last one, the day of the next."""

    since: date
    audit_day: date


# What the organisation's own data says of it; the last one added counts.
cycles: list[Callable[[], Cycle]] = []


@dataclass(frozen=True)
class Wish:
    """What somebody asks for; None for what is to be settled for them.

    `head` is the sequence of the trail's entry that an earlier bundle of the same period was made
    up to; without it that of the last entry of the period.
    """

    since: date | None = None
    until: date | None = None
    audit_day: date | None = None
    enrollments: tuple[str, ...] = ()
    sample: int = 0
    seed: int = 0
    names: bool = False
    reason: str = ""
    generated_at: datetime | None = None
    head: int | None = None


@dataclass(frozen=True)
class Scope:
    """A wish, settled. `after` and `head`: the trail's last entries before the period and in it."""

    tenant: str
    tenant_name: str
    since: date
    until: date
    audit_day: date
    enrollments: tuple[str, ...]
    sample: int
    seed: int
    names: bool
    reason: str
    generated_at: datetime
    is_open: bool
    after: Head = field(default=(0, FIRST))
    head: Head = field(default=(0, FIRST))

    @property
    def grid(self) -> Grid:
        """The grid of an audit on that day."""
        return grid_for(self.audit_day)

    @property
    def begins(self) -> datetime:
        """The first instant of the period."""
        return _midnight(self.since)

    @property
    def ends(self) -> datetime:
        """The first instant after the period."""
        return _midnight(self.until + timedelta(days=1))

    @property
    def root(self) -> str:
        """The folder that all of a bundle lies in."""
        return f"qualiopi-{self.tenant[:20].strip('-')}-{self.since}-{self.until}"

    def as_json(self) -> dict[str, Any]:
        """Return what the manifest and the trail keep of it. Shape: plain JSON."""
        return {
            "tenant": self.tenant,
            "name": self.tenant_name,
            "from": self.since.isoformat(),
            "to": self.until.isoformat(),
            "auditDate": self.audit_day.isoformat(),
            "grid": self.grid.code.value,
            "enrollments": list(self.enrollments),
            "sample": self.sample,
            "seed": self.seed,
            "names": self.names,
            "reason": self.reason,
            "generatedAt": self.generated_at.astimezone(UTC).isoformat(timespec="seconds"),
        }


def settle(wish: Wish) -> Scope:
    """Settle what the open tenant's bundle is of. Cost: two statements about the trail.

    Errors: `InvalidFieldsError` naming each field that cannot be.
    """
    today = timezone.localdate()
    until = wish.until or today
    cycle = cycles[-1]() if cycles else Cycle(today - YEAR, today)
    is_past = until < today
    year_before = max(until, date.min + YEAR) - YEAR
    begins = year_before if is_past and cycle.since > until else cycle.since
    since = wish.since or begins
    refused = list(_refusals(wish, since, until, today))
    if refused:
        raise InvalidFieldsError(refused)
    tenant = current_tenant()
    return Scope(
        tenant=tenant.slug,
        tenant_name=tenant.name,
        since=since,
        until=until,
        audit_day=wish.audit_day or (until if is_past else cycle.audit_day),
        enrollments=tuple(sorted(set(wish.enrollments))),
        sample=wish.sample,
        seed=wish.seed,
        names=wish.names,
        reason=wish.reason,
        generated_at=(wish.generated_at or timezone.now()).replace(microsecond=0),
        is_open=not is_past and wish.head is None,
        after=_last_before(_midnight(since)),
        head=_head(wish.head, until),
    )


def _refusals(wish: Wish, since: date, until: date, today: date) -> Any:
    if since > until:
        yield FieldError("from", "order", _("La période se termine avant de commencer."))
    if until > today:
        yield FieldError("to", "future", _("La période ne peut pas se terminer après aujourd’hui."))
    if wish.names and not wish.reason.strip():
        yield FieldError("reason", "required", _("Indiquez un motif pour montrer les noms."))
    if wish.reason and not wish.names:
        yield FieldError(
            "reason", "unexpected", _("Indiquez un motif seulement pour montrer les noms.")
        )
    if len(wish.reason) > REASON_MAX:
        yield FieldError("reason", "max_length", _("Motif trop long."))
    if not 0 <= wish.sample <= SAMPLE_MAX:
        told = _("L’échantillon peut compter de 0 à %s dossiers.") % SAMPLE_MAX
        yield FieldError("sample", "range", told)
    if wish.head is not None and not AuditEvent.objects.filter(seq=wish.head).exists():
        yield FieldError("head", "unknown", _("Le journal n’a pas cette entrée."))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _head(seq: int | None, until: date) -> Head:
    if seq is not None:
        return AuditEvent.objects.values_list("seq", "hash").get(seq=seq)
    if until >= timezone.localdate():
        return chain.head()
    return _last_before(_midnight(until + timedelta(days=1)))


def _last_before(instant: datetime) -> Head:
    events = AuditEvent.objects.filter(at__lt=instant).order_by("-seq")
    return events.values_list("seq", "hash").first() or (0, FIRST)
