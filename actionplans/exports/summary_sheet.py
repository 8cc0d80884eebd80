"""The first sheet: the plan, its figures, a table of all actions."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.marker import DataPoint
from openpyxl.styles import Alignment

from actionplans.exports import cells
from actionplans.exports.cells import cell, linked
from actionplans.states import State

if TYPE_CHECKING:
    from actionplans.exports.workbook import Subject

HEADER = 6
FIRST = HEADER + 1
WIDTHS = {"A": 6, "B": 48, "C": 15, "D": 34, "E": 13, "F": 11, "G": 14, "H": 3, "I": 18, "J": 10}
LAST_COLUMN = "G"
# Of a description, what its own row shows; a longer one follows the table, whole.
SHORT = 330
LINE_CHARS = 135
PAPER_A4 = 9  # as the file format counts papers
COLOURS = {
    State.PENDING: "94A3B8",
    State.IN_PROGRESS: "2F6FB2",
    State.COMPLETED: "2E7D4F",
    State.EXPIRED: "B42318",
    State.CANCELLED: "CBD5E1",
}


class SummarySheet:
    """The summary; rows are added one by one, figures and chart stand beside them."""

    def __init__(
        self, book: Workbook, subject: "Subject", counts: Mapping[State, int], *, sheets: int
    ) -> None:
        self.name = _("Synthèse")
        self.subject, self.counts = subject, counts
        self.total = sum(counts.values())
        self.left_out = self.total - sheets
        self.sheet = book.create_sheet(self.name)
        self.row = 0
        self._set_up()
        self._write_title()

    def add(self, rank: int, action: Any, sheet_name: str) -> None:
        """Add an action; without a sheet of its own its title leads nowhere."""
        sheet, line = self.sheet, cells.LINE
        title = (
            linked(sheet, action.title, sheet_name, border=line)
            if sheet_name
            else cell(sheet, action.title, alignment=cells.WRAP, border=line)
        )
        late = (self.subject.today - action.due_date).days if action.overdue else 0
        names = ", ".join(one["name"] for one in action.assignee_states)
        # Letters of a proportional font: a tenth more than the columns' widths count.
        lines = max(cells.lines_of(action.title, 52), cells.lines_of(names, 36))
        cells.set_height(sheet, self.row + 1, min(lines, cells.LINES_MAX))
        colour = cells.font(bold=True, color=COLOURS[State(action.status)])
        if action.status in {State.PENDING, State.CANCELLED}:
            colour = cells.MUTED  # the chart's greys are too pale for words
        percent = action.completion_percent / 100
        self._append(
            [
                cell(sheet, rank, alignment=cells.CENTRE, border=line),
                title,
                cell(sheet, str(State(action.status).label), font=colour, border=line),
                cell(sheet, names, alignment=cells.WRAP, border=line),
                cell(sheet, action.due_date, alignment=cells.CENTRE, border=line),
                cell(sheet, late or None, font=cells.LATE, alignment=cells.CENTRE, border=line),
                cell(sheet, percent, number_format=cells.PERCENT, border=line),
            ]
        )

    def end(self) -> None:
        """Write what follows the table, and what needs its size."""
        if not self.total:
            text = _("Vous n’avez accès à aucune action de ce plan.")
            self._append([None, cell(self.sheet, text, font=cells.MUTED)])
        last = self.row
        while self.row < FIRST + len(State) + 1:  # the figures beside a short table
            self._append([])
        end = max(self.row, FIRST + 24) if self.total else self.row
        self.sheet.auto_filter.ref = f"A{HEADER}:{LAST_COLUMN}{last}"
        cells.add_bars(self.sheet, f"G{FIRST}:G{last}")
        self._add_chart()
        self._write_long_description()
        self.sheet.print_area = f"A1:{LAST_COLUMN}{self.row},I{HEADER}:O{end}"

    def _set_up(self) -> None:
        sheet = self.sheet
        for column, width in WIDTHS.items():
            sheet.column_dimensions[column].width = width
        sheet.freeze_panes = f"A{FIRST}"
        sheet.sheet_view.showGridLines = False
        sheet.sheet_properties.tabColor = cells.BRAND
        page_of(sheet, landscape=True)
        sheet.print_title_rows = f"{HEADER}:{HEADER}"
        description = cells.LINE_POINTS * min(3, cells.lines_of(self._short(), LINE_CHARS))
        for row, height in ((1, 30), (2, 18), (3, description), (4, 20), (5, 18), (6, 32)):
            sheet.row_dimensions[row].height = height

    def _short(self) -> str:
        text: str = self.subject.plan.description
        if len(text) > SHORT or text.count("\n") > 2:
            return _("La description se trouve sous le tableau.")
        return text

    def _write_title(self) -> None:
        sheet, subject = self.sheet, self.subject
        plan: Any = subject.plan
        author = plan.created_by.name if plan.created_by else _("auteur inconnu")
        about = [
            subject.organisation,
            str(plan.get_visibility_display()),
            _("créé par %s") % author,
        ]
        for row in (1, 2, 3, 5):
            sheet.merged_cells.add(f"A{row}:{LAST_COLUMN}{row}")
        title = cells.font(bold=True, size=18, color=cells.BRAND)
        middle = Alignment(vertical="center")
        self._append([cell(sheet, plan.title, font=title, alignment=middle)])
        self._append([cell(sheet, " · ".join(about), font=cells.MUTED)])
        self._append([cell(sheet, self._short(), alignment=cells.WRAP)])
        share, bold = plan.completion_percent / 100, cells.font(bold=True)
        percent = cell(sheet, share, number_format=cells.PERCENT, font=bold)
        told = ngettext("%d action", "%d actions", self.total) % self.total
        self._append(
            [
                cell(sheet, _("Avancement du plan"), font=cells.LABEL),
                *(None, percent, cell(sheet, told, alignment=cells.INDENTED)),
                *(
                    cell(sheet, _("Créé le"), font=cells.LABEL),
                    cell(sheet, plan.created_at, alignment=cells.LEFT),
                ),
            ]
        )
        sheet.merged_cells.add("A4:B4")
        sheet.merged_cells.add("F4:G4")
        cells.add_bars(sheet, "C4")
        self._append([cell(sheet, self._notice(), font=cells.MUTED)])
        self._write_header()

    def _notice(self) -> str:
        instant = timezone.localtime(self.subject.instant)
        said = _("État au %(day)s à %(time)s. Toutes les heures sont celles de Paris.") % {
            "day": instant.strftime("%d/%m/%Y"),
            "time": instant.strftime("%H:%M"),
        }
        if self.left_out:
            said += " " + ngettext(
                "%d action n’a pas de feuille : un classeur n’en ouvre pas davantage.",
                "Les %d dernières actions n’ont pas de feuille : un classeur n’en ouvre pas davantage.",
                self.left_out,
            ) % (self.left_out)
        return said

    def _write_header(self) -> None:
        titles = [
            *(_("N°"), _("Action"), _("Statut"), _("Responsables")),
            *(_("Échéance"), _("Jours de retard"), _("Avancement")),
        ]
        self._append([head(self.sheet, one) for one in titles])

    def _append(self, row: list[Any]) -> None:
        """Write a row, the figures' part of it added."""
        self.row += 1
        beside = self._figures(self.row)
        if beside:
            row = [*row, *[None] * (8 - len(row)), *beside]
        self.sheet.append(row)

    def _figures(self, row: int) -> list[Any]:
        """Return what stands beside the table in this row: state and number of actions."""
        if row == HEADER:
            return [head(self.sheet, _("Statut")), head(self.sheet, _("Actions"))]
        rank = row - FIRST
        if not 0 <= rank < len(State):
            return []
        state = list(State)[rank]
        return [
            cell(self.sheet, str(state.label), border=cells.LINE),
            cell(self.sheet, self.counts[state], border=cells.LINE),
        ]

    def _add_chart(self) -> None:
        if not self.total:
            return
        chart = BarChart()
        chart.type, chart.style, chart.legend = "bar", 10, None
        chart.title = _("Actions par statut")
        last = FIRST + len(State) - 1
        chart.add_data(Reference(self.sheet, min_col=10, min_row=FIRST, max_row=last))
        chart.set_categories(Reference(self.sheet, min_col=9, min_row=FIRST, max_row=last))
        bars = chart.series[0]
        for rank, state in enumerate(State):
            point = DataPoint(idx=rank)
            point.graphicalProperties.solidFill = COLOURS[state]
            bars.dPt.append(point)
        chart.gapWidth, chart.width, chart.height = 40, 14, 7.5
        chart.x_axis.scaling.orientation = "maxMin"  # the first state on top, as in the table
        chart.x_axis.delete = chart.y_axis.delete = False
        chart.y_axis.majorUnit = max(1, math.ceil(max(self.counts.values()) / 5))
        chart.y_axis.number_format = "0"
        self.sheet.add_chart(chart, f"I{last + 2}")

    def _write_long_description(self) -> None:
        text: str = self.subject.plan.description
        if text == self._short():
            return
        self._append([])
        self._append([cell(self.sheet, _("Description du plan"), font=cells.LABEL)])
        for piece in cells.pieces_of(text, LINE_CHARS):
            row = self.row + 1
            self.sheet.merged_cells.add(f"A{row}:{LAST_COLUMN}{row}")
            cells.set_height(self.sheet, row, cells.lines_of(piece, LINE_CHARS))
            self._append([cell(self.sheet, piece, alignment=cells.WRAP)])


def head(sheet: Any, text: str) -> Any:
    """Return a column's head."""
    return cell(sheet, text, font=cells.HEAD, fill=cells.HEAD_FILL, alignment=cells.MIDDLE)


def page_of(sheet: Any, *, landscape: bool) -> None:
    """Have a sheet printed on A4, as wide as the page, its number below."""
    sheet.page_setup.paperSize = PAPER_A4
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.oddFooter.left.text = "&A"
    sheet.oddFooter.right.text = "&P / &N"
