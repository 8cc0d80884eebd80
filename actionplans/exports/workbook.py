"""The workbook of a plan: a summary, then a sheet for each action.

Written row by row (openpyxl's write-only mode): what is in memory is a page of actions, never the
plan. The summary and the actions' sheets grow side by side, so that actions are read once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook

from actionplans.exports.action_sheet import ActionSheet
from actionplans.exports.cells import SheetNames
from actionplans.exports.summary_sheet import SummarySheet
from actionplans.models import Action, ActionPlan, Area, Group, Note
from actionplans.querysets import ActionQuerySet
from actionplans.states import State
from qualiforma.accounts.actor import Actor

# Beyond it spreadsheets no longer open a file in any useful time, some not at all.
SHEETS_MAX = 10_000
PIECE = 500


@dataclass(frozen=True)
class Subject:
    """What a workbook is about. `instant` is what "now" means in it."""

    plan: ActionPlan
    actor: Actor
    organisation: str
    instant: datetime

    @property
    def today(self) -> date:
        """Paris's."""
        return timezone.localdate(self.instant)

    def actions(self) -> ActionQuerySet:
        """Return the actions that the reader may see, as the API orders them."""
        rows: ActionQuerySet = Action.objects.filter(plan=self.plan.pk)
        return rows.visible_to(self.actor).newest_first()

    def counts(self) -> Mapping[State, int]:
        """How many of them stand where. Cost: one statement."""
        rows: Any = self.actions().with_status(self.today).order_by()
        rows = rows.values("status")
        found = dict(rows.annotate(n=Count("pk")).values_list("status", "n"))
        return {state: found.get(state, 0) for state in State}


def write_workbook(subject: Subject, file: IO[bytes]) -> None:
    """Write the workbook in the active language.

    Cost: eleven statements and two more for each 500 actions; 20 kB of memory for each sheet.
    """
    book = Workbook(write_only=True)
    book.properties.title = subject.plan.title
    book.properties.creator = "QualiForma"
    counts = subject.counts()
    total = sum(counts.values())
    summary = SummarySheet(book, subject, counts, sheets=min(total, SHEETS_MAX))
    names = SheetNames(summary.name)
    places = Places.read()
    for rank, (action, notes) in enumerate(_with_notes(subject), start=1):
        name = names.name_for(action.title) if rank <= SHEETS_MAX else ""
        summary.add(rank, action, name)
        if name:
            sheet = ActionSheet(book, name, summary.name)
            sheet.write(action, notes, places)
    summary.end()
    book.save(file)


@dataclass(frozen=True)
class Places:
    """Names of areas, with the areas they lie in, and of groups, by id."""

    areas: Mapping[str, str]
    groups: Mapping[str, str]

    @classmethod
    def read(cls) -> "Places":
        """Read both. Cost: two statements."""
        rows = {row.pk: row for row in Area.objects.all()}
        return cls(
            areas={pk: " › ".join(_path(row, rows)) for pk, row in rows.items()},
            groups=dict(Group.objects.values_list("pk", "name")),
        )


def _path(area: Area, rows: Mapping[str, Area]) -> list[str]:
    names: list[str] = []
    seen: set[str] = set()
    here: Area | None = area
    while here is not None and here.pk not in seen:
        seen.add(here.pk)
        names.insert(0, here.name)
        here = rows.get(here.parent_id) if here.parent_id else None
    return names


def _with_notes(subject: Subject) -> Iterator[tuple[Any, list[Note]]]:
    """Yield each action with its notes, oldest first."""
    rows = subject.actions().with_status(subject.today).with_parts(subject.today)
    keys = list(subject.actions().values_list("pk", flat=True))
    for start in range(0, len(keys), PIECE):
        piece = keys[start : start + PIECE]
        found = {row.pk: row for row in rows.filter(pk__in=piece).select_related("created_by")}
        notes: dict[str, list[Note]] = {}
        ordered = Note.objects.filter(action__in=piece).select_related("author")
        for note in ordered.order_by("created_at", "id"):
            notes.setdefault(note.action_id, []).append(note)
        for pk in piece:
            if pk in found:
                yield found[pk], notes.get(pk, [])


def file_name(title: str, instant: datetime) -> str:
    """Return what the file is called: the plan's title and the day, fit for every system."""
    kept = "".join(one if one.isalnum() or one in " -_" else " " for one in title)
    plain = "-".join(kept.split())[:60].strip("-_") or _("plan-d-action")
    return f"{plain}-{timezone.localdate(instant).isoformat()}.xlsx"
