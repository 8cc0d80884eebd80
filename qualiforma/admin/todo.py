"""What is to be done, of every kind: an app registers a source, the home page shows them together."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.contrib.admin.utils import quote
from django.urls import reverse

from qualiforma.accounts.actor import Actor

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WEEK = timedelta(days=7)
# Of one kind, as many are read: a list behind the figures has them all.
TASKS_MAX = 1000
LATE, SOON = "late", "week"


@dataclass(frozen=True)
class Task:
    """One thing that somebody has to do until a day; `page` names the route of the page that shows `key`."""

    title: str
    detail: str
    person_id: str
    person: str
    due: date
    page: str
    key: str

    @property
    def address(self) -> str:
        """The page's address: of a thousand tasks a few are shown."""
        return reverse(self.page, args=[quote(self.key)])

    def days_late(self, today: date) -> int:
        """Return by how many days it is late, 0 or less for what is in time."""
        return (today - self.due).days


@dataclass(frozen=True, eq=False)
class Source:
    """One kind of task. `find` returns those due until a day, earliest first; `link` is their list."""

    title: "StrOrPromise"
    kind: "StrOrPromise"
    find: Callable[[Actor, date], Iterable[Task]]
    link: Callable[[str, str], str]
    # Whether each of its tasks is one person's.
    is_personal: bool = True


@dataclass(frozen=True)
class Count:
    """How many there are, and the list that shows them, where there are any."""

    title: "StrOrPromise"
    number: int
    link: str


@dataclass(frozen=True)
class Todo:
    """What the home page shows. Shape: tasks with their kind, earliest first."""

    late: list[tuple["StrOrPromise", Task]]
    soon: list[tuple["StrOrPromise", Task]]
    mine: list[tuple["StrOrPromise", Task]]
    late_counts: list[Count]
    soon_counts: list[Count]
    # A person's name, then what is late and what is due of each kind.
    people: list[tuple[str, list[Count]]]


_sources: list[Source] = []


def register(source: Source) -> None:
    """Add a kind of task to the home page."""
    _sources.append(source)


def todo_of(actor: Actor, today: date) -> Todo:
    """Return what is late and what is due within a week. Cost: one statement per source."""
    found = {one: list(one.find(actor, today + WEEK)) for one in _sources}
    tasks = sorted(
        ((source.kind, task) for source, of_it in found.items() for task in of_it),
        key=lambda pair: (pair[1].due, pair[1].title),
    )
    late = [pair for pair in tasks if pair[1].due < today]
    soon = [pair for pair in tasks if pair[1].due >= today]
    return Todo(
        late=late,
        soon=soon,
        mine=[pair for pair in tasks if pair[1].person_id == actor.id],
        late_counts=_counts(found, today, LATE),
        soon_counts=_counts(found, today, SOON),
        people=_by_person(found, today),
    )


def _when(task: Task, today: date) -> str:
    return LATE if task.due < today else SOON


def _counts(found: dict[Source, list[Task]], today: date, when: str) -> list[Count]:
    counts = [
        Count(source.title, sum(_when(one, today) == when for one in tasks), source.link(when, ""))
        for source, tasks in found.items()
    ]
    return [one for one in counts if one.number]


def _by_person(found: dict[Source, list[Task]], today: date) -> list[tuple[str, list[Count]]]:
    """Return a row per person, who has most that is late first."""
    numbers: dict[tuple[str, str], dict[tuple[Source, str], int]] = defaultdict(
        lambda: defaultdict(int)
    )
    personal = [one for one in found if one.is_personal]
    for source in personal:
        for one in found[source]:
            numbers[one.person, one.person_id][source, _when(one, today)] += 1
    rows = [
        (
            name,
            [
                Count(source.title, number, source.link(when, person_id) if number else "")
                for source in personal
                for when in (LATE, SOON)
                for number in (held[source, when],)
            ],
        )
        for (name, person_id), held in numbers.items()
    ]
    return sorted(rows, key=lambda row: (-sum(one.number for one in row[1][::2]), row[0]))


def kinds() -> list["StrOrPromise"]:
    """Return the titles of the registered kinds, as the columns of the table by person."""
    return [one.title for one in _sources if one.is_personal]
