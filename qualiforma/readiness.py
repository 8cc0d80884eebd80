"""What an audit would find: the checks and the counts that each app contributes, by indicator.

An app registers its own in its module `readiness`, found by its name; none knows of another. Each
check and each count is a part of one statement, whatever the number of records. A state is never a verdict of
the certifier's: it says whether something can be shown.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db.models import Count, Exists, F, Max, QuerySet, TextChoices, Value, Window
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.lookups import PlainRows
from qualiforma.qualiopi.rules import RECURRENCE_DAYS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

T = TypeVar("T")
IDS_MAX = 20
Rows = list[tuple[Any, ...]]
YEAR = timedelta(days=365)


class Severity(TextChoices):
    """How a gap weighs: nothing to show, or something that an auditor may find fault with."""

    MISSING = "MISSING", _("Manquant")
    AT_RISK = "AT_RISK", _("À risque")


class ReadinessState(TextChoices):
    """Whether something can be shown for an indicator."""

    DEMONSTRABLE = "DEMONSTRABLE", _("Démontrable")
    AT_RISK = "AT_RISK", _("À risque")
    MISSING = "MISSING", _("Manquant")
    NOT_APPLICABLE = "NOT_APPLICABLE", _("Non applicable")


@dataclass(frozen=True)
class Scope:
    """What is looked at: from `since` to `today`, for an audit on `audit_day`, in Paris.

    Units: the watch of closed plans is in days.
    """

    today: date
    audit_day: date
    since: date
    recurrence_days: int = RECURRENCE_DAYS

    @property
    def year_ago(self) -> date:
        """The first day of the last twelve months."""
        return self.today - YEAR


@dataclass(frozen=True)
class Found:
    """The records that a check has found for an indicator: how many, and the ids of some."""

    count: int
    ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Counted:
    """What there is to show for an indicator: how many records, and the day of the last."""

    count: int
    last: date | None = None


# A statement depends on its scope and the day alone; what time it is, the database says.
_rows = PlainRows()


@dataclass(frozen=True, eq=False)
class Question(Generic[T]):
    """A statement, and what its rows say of which indicators. Shape: rows as `PlainRows.together` has them."""

    rows: Callable[[Scope], QuerySet[Any, Any]]
    read: Callable[[Rows], Mapping[int, T]]

    def __call__(self, scope: Scope) -> Mapping[int, T]:
        """Return the answer to this question alone. Cost: one statement."""
        found: Mapping[int, T] = answers([self], scope)[self]
        return found


Finder = Question[Found]
Counter = Question[Counted]


def answers(questions: "Sequence[Question[Any]]", scope: Scope) -> "dict[Question[Any], Any]":
    """Return what is found, by question. Cost: one statement for all of them."""
    day = timezone.localdate()
    found = _rows.together({(one, scope, day): partial(one.rows, scope) for one in questions})
    return {one: one.read(found[one, scope, day]) for one in questions}


@dataclass(frozen=True)
class Check:
    """One question put to the records.

    `text` is the sentence about what was found; `object_type` names a registered type of records, ""
    where none is concerned. The ids of a `sensitive` check are for administrators alone.
    """

    code: str
    severity: Severity
    text: "StrOrPromise"
    find: Finder
    object_type: str = ""
    sensitive: bool = False


@dataclass(frozen=True)
class Gap:
    """What a check has found for one indicator."""

    check: Check
    found: Found


checks: dict[str, Check] = {}
record_counters: list[Counter] = []
evidence_counters: list[Counter] = []


def register(check: Check) -> None:
    """Add a check. One for each code."""
    if check.code in checks:
        raise ValueError(f"{check.code} is registered already.")
    checks[check.code] = check


def offending(*indicators: int, rows: Callable[[Scope], QuerySet[Any]]) -> Finder:
    """Return a finder of records at fault."""

    def asked(scope: Scope) -> QuerySet[Any, Any]:
        counted = rows(scope).order_by("pk").annotate(found=Window(Count("*")))
        first: QuerySet[Any, Any] = counted.values_list("pk", "found")[:IDS_MAX]
        return first

    def read(page: Rows) -> dict[int, Found]:
        if not page:
            return {}
        found = Found(page[0][1], [str(pk) for pk, _total in page])
        return dict.fromkeys(indicators, found)

    return Finder(asked, read)


def absent(
    *indicators: int,
    rows: Callable[[Scope], QuerySet[Any]],
    expected: Callable[[Scope], QuerySet[Any]] | None = None,
) -> Finder:
    """Return a finder of an absence: no such rows, where some are expected."""

    def asked(scope: Scope) -> QuerySet[Any, Any]:
        there: QuerySet[Any, Any] = rows(scope).order_by().values_list(F("pk"))[:1]
        if expected is None:
            return there
        wanted = expected(scope).order_by()[:1]
        both: QuerySet[Any, Any] = wanted.annotate(there=Exists(there)).values_list("there")
        return both

    def read(found: Rows) -> dict[int, Found]:
        is_absent = found == [(False,)] if expected else not found
        return dict.fromkeys(indicators, Found(0)) if is_absent else {}

    return Finder(asked, read)


def dated(*indicators: int, rows: Callable[[Scope], QuerySet[Any]], instant: str) -> Counter:
    """Return a counter of records of the period, by an instant's Paris day."""

    def asked(scope: Scope) -> QuerySet[Any, Any]:
        of_period = (
            rows(scope).order_by().filter(**{f"{instant}__date__range": (scope.since, scope.today)})
        )
        together = of_period.annotate(one=Value(1)).values("one")
        counted: QuerySet[Any, Any] = together.annotate(
            total=Count("pk"), last=Max(TruncDate(instant))
        ).values_list("total", "last")
        return counted

    def read(found: Rows) -> dict[int, Counted]:
        ((total, last),) = found
        counted = Counted(total, date.fromisoformat(last) if last else None)
        return dict.fromkeys(indicators, counted)

    return Counter(asked, read)


@dataclass
class Indicator:
    """What an audit would find of one indicator; nothing of one that does not apply."""

    number: int
    applies: bool = True
    evidence: int = 0
    records: int = 0
    last: date | None = None
    gaps: list[Gap] = field(default_factory=list)

    @property
    def has_nothing(self) -> bool:
        """Say whether there is nothing to show and no check has said so."""
        return not self.evidence and not self.records and self.state != ReadinessState.MISSING

    @property
    def state(self) -> ReadinessState:
        """Its gravest gap's, if it applies; without any, something can be shown."""
        if not self.applies:
            return ReadinessState.NOT_APPLICABLE
        severities = {gap.check.severity for gap in self.gaps}
        if Severity.MISSING in severities:
            return ReadinessState.MISSING
        return ReadinessState.AT_RISK if severities else ReadinessState.DEMONSTRABLE


def _unasked(_scope: Scope) -> QuerySet[Any, Any]:
    raise NotImplementedError  # `examine` says it of what is left


NOTHING = Check(
    "NOTHING_TO_SHOW",
    Severity.MISSING,
    _("Ni preuve active ni enregistrement sur la période."),
    Finder(_unasked, lambda _rows: {}),
)


def examine(scope: Scope, numbers: Iterable[int]) -> dict[int, Indicator]:
    """Return what is found of these indicators, by number. Cost: one statement."""
    found = {number: Indicator(number) for number in numbers}
    finders = [one.find for one in checks.values()]
    told = answers([*evidence_counters, *record_counters, *finders], scope)
    for attribute, counters in (("evidence", evidence_counters), ("records", record_counters)):
        for counter in counters:
            for one, counted in _among(found, told[counter]):
                setattr(one, attribute, getattr(one, attribute) + counted.count)
                one.last = max(filter(None, (one.last, counted.last)), default=None)
    for check in checks.values():
        for one, rows in _among(found, told[check.find]):
            one.gaps.append(Gap(check, rows))
    for one in found.values():
        if one.has_nothing:
            one.gaps.append(Gap(NOTHING, Found(0)))
    return found


def _among(found: dict[int, Indicator], by_number: Mapping[int, T]) -> list[tuple[Indicator, T]]:
    return [(found[number], one) for number, one in by_number.items() if number in found]
