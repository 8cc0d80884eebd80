"""The attendance sheet of a session: everybody who was expected, and who signed for which half-day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from qualiforma.training.models import Attendance, Enrollment, Signature, TrainingSession
from qualiforma.training.states import EnrollmentStatus, HalfDay

PARIS = ZoneInfo(settings.TIME_ZONE)
# A session that begins before noon has a morning to sign for, one that ends after two an afternoon:
# what lies in between is lunch, and nobody can say.
NOON, TWO = time(12), time(14)
# An online course may have thousands of enrollments; no room has.
ROWS_MAX = 300
NOT_EXPECTED = (EnrollmentStatus.REVOKED, EnrollmentStatus.SUSPENDED)


def half_days_of(starts_at: datetime, ends_at: datetime) -> list[HalfDay]:
    """Return which half-days a session leaves no doubt about, in Paris."""
    begins, ends = starts_at.astimezone(PARIS), ends_at.astimezone(PARIS)
    found = [HalfDay.AM] if begins.time() < NOON else []
    if ends.date() > begins.date() or ends.time() > TWO:
        found.append(HalfDay.PM)
    return found


@dataclass
class SheetRow:
    """One person: whether they were there, and a signature or None for each half-day."""

    enrollment: Enrollment
    attendance: Attendance | None
    cells: Sequence[Signature | None]

    @property
    def state(self) -> str:
        """`in`, `out`, or empty as long as nobody has said."""
        if self.attendance is None:
            return ""
        return "in" if self.attendance.attended else "out"


@dataclass
class Sheet:
    """Shape: rows by the people's names; half-days in their order."""

    half_days: list[HalfDay]
    rows: list[SheetRow] = field(default_factory=list)
    is_cut: bool = False

    def count(self, state: str) -> int:
        """Return how many people have this state."""
        return sum(row.state == state for row in self.rows)


def sheet_of(session: TrainingSession) -> Sheet:
    """Return the sheet of a session. Cost: three statements.

    Expected are those enrolled in its course by its end who had not finished, left or expired before
    it began, and everybody of whom anything is recorded. At most `ROWS_MAX` people.
    """
    known = Attendance.objects.filter(session=session, enrollment=OuterRef("pk"))
    signed = Signature.objects.filter(session=session, enrollment=OuterRef("pk"))
    running = Q(enrolled_at__lte=session.ends_at) & ~Q(status__in=NOT_EXPECTED)
    running &= Q(completed_at=None) | Q(completed_at__gte=session.starts_at)
    running &= Q(expires_at=None) | Q(expires_at__gte=session.starts_at)
    expected = Enrollment.objects.filter(course=session.course_id)
    expected = expected.filter(running | Exists(known) | Exists(signed))
    people = list(
        expected.select_related("user", "company").order_by("user__name", "id")[: ROWS_MAX + 1]
    )
    attendances = {one.enrollment_id: one for one in session.attendances.all()}
    signatures = {
        (one.enrollment_id, one.half_day): one
        for one in session.signatures.filter(replaced_by=None)
    }
    said = {HalfDay(half_day) for _enrollment, half_day in signatures}
    half_days = [
        one
        for one in HalfDay
        if one in half_days_of(session.starts_at, session.ends_at) or one in said
    ] or list(HalfDay)
    rows = [
        SheetRow(
            one, attendances.get(one.pk), [signatures.get((one.pk, each)) for each in half_days]
        )
        for one in people[:ROWS_MAX]
    ]
    return Sheet(half_days, rows, is_cut=len(people) > ROWS_MAX)
