"""The Excel file of a plan beside a raw loop: `python -m tests.bench.workbook [--home FOLDER]`.

The floor is openpyxl's own write-only loop over the same cells: values, styles, links, heights of
rows and widths of columns, all of them known before. Both take turns in one process; processor time.
"""

import argparse
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

from openpyxl import Workbook, load_workbook
from openpyxl import cell as cells_of_openpyxl
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from tests.bench.floor import prepared
from tests.bench.rig import say

ROUNDS = 3
TITLE = "Plan du classeur"
plain_cell: Any = cells_of_openpyxl.WriteOnlyCell


def fill(actions: int) -> None:
    """Make a plan of so many actions, each with two assignees and a note."""
    from actionplans.models import Action, ActionPlan, Assignment, Note
    from qualiforma import audit

    if ActionPlan.objects.filter(title=f"{TITLE} {actions}").exists():
        return
    with audit.action("actionplans.demo.loaded"):
        plan = ActionPlan.objects.create(title=f"{TITLE} {actions}", created_by_id="usr_admin01")
        made = Action.objects.bulk_create(
            Action(plan=plan, title=f"Action {n}", created_by_id="usr_admin01")
            for n in range(actions)
        )
        Assignment.objects.bulk_create(
            Assignment(action=one, user_id=user)
            for one in made
            for user in ("usr_lead02", "usr_trainer01")
        )
        Note.objects.bulk_create(
            Note(action=one, author_id="usr_admin01", text="Fait à moitié. " * 10) for one in made
        )


def recorded(write: Callable[[io.BytesIO], None]) -> list[tuple[Any, list[list[Any]]]]:
    """Return each sheet that is written, with the rows that were given to it."""
    sheets: dict[int, tuple[Any, list[list[Any]]]] = {}
    append = WriteOnlyWorksheet.append

    def noted(sheet: Any, row: Any) -> None:
        row = list(row)
        sheets.setdefault(id(sheet), (sheet, []))[1].append(row)
        append(sheet, row)

    with mock.patch.object(WriteOnlyWorksheet, "append", noted):
        write(io.BytesIO())
    return list(sheets.values())


def bare(book: Any, sheets: list[tuple[Any, list[list[Any]]]], file: io.BytesIO) -> None:
    """Write these rows again, in a workbook that has the styles of the first."""
    made = Workbook(write_only=True)
    for name in ("_fonts", "_fills", "_borders", "_alignments", "_number_formats", "_cell_styles"):
        setattr(made, name, getattr(book, name))
    for old, rows in sheets:
        sheet: Any = made.create_sheet(old.title)
        sheet.column_dimensions, sheet.row_dimensions = old.column_dimensions, old.row_dimensions
        sheet.freeze_panes = old.freeze_panes
        for row in rows:
            cells = []
            for one in row:
                cell = one
                if getattr(one, "has_style", False):
                    cell = plain_cell(sheet, one.value)
                    cell._style, cell.hyperlink = one._style, one.hyperlink
                cells.append(cell)
            sheet.append(cells)
    made.save(file)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, nargs="+", default=[125, 250, 500, 1000])
    parser.add_argument("--plans", type=int, default=200)
    parser.add_argument("--home", type=Path)
    chosen = parser.parse_args()
    with prepared(chosen):
        from qualiforma.tenants.context import get_tenant, tenant_context
        from tests.bench.floors.fill import SLUG

        with tenant_context(get_tenant(SLUG)):
            for actions in chosen.actions:
                measure(actions)
    return 0


def measure(actions: int) -> None:
    from django.utils import timezone

    from actionplans.exports.workbook import Subject, write_workbook
    from actionplans.models import ActionPlan
    from qualiforma.accounts.actor import Actor
    from qualiforma.accounts.models import User

    actor = Actor.of(User.objects.get(pk="usr_admin01"))
    fill(actions)
    plans = ActionPlan.objects.visible_to(actor).with_progress().select_related("created_by")
    plan = plans.get(title=f"{TITLE} {actions}")
    subject = Subject(plan, actor, "Essai", timezone.now())

    def ours(file: io.BytesIO) -> None:
        write_workbook(subject, file)

    sheets = recorded(ours)
    book = sheets[0][0].parent

    def floor(file: io.BytesIO) -> None:
        bare(book, sheets, file)

    took: dict[str, list[float]] = {"ours": [], "floor": []}
    for _ in range(ROUNDS):
        for name, way in (("ours", ours), ("floor", floor)):
            file, began = io.BytesIO(), time.process_time()
            way(file)
            took[name].append(time.process_time() - began)
    assert len(load_workbook(file, read_only=True).sheetnames) == actions + 1
    one, other = median(took["ours"]), median(took["floor"])
    say(f"{actions} actions: {one:.2f} s, floor {other:.2f} s, ratio {one / other:.2f}")


if __name__ == "__main__":
    sys.exit(main())
