"""The sheet of one action: every field, where each assignee stands, the execution log."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook

from actionplans.exports import cells
from actionplans.exports.cells import cell, linked
from actionplans.exports.summary_sheet import head, page_of
from actionplans.models import Note
from actionplans.states import FocusType, State

if TYPE_CHECKING:
    from actionplans.exports.workbook import Places

TEXT_CHARS = 60
WIDTHS = {"A": 26, "B": 62, "C": 20, "D": 20}
TITLE = cells.font(bold=True, size=14, color=cells.BRAND)


class ActionSheet:
    """The sheet of one action."""

    def __init__(self, book: Workbook, name: str, summary: str) -> None:
        self.sheet: Any = book.create_sheet(name)
        self.summary = summary
        self.row = 0
        for column, width in WIDTHS.items():
            self.sheet.column_dimensions[column].width = width
        self.sheet.sheet_view.showGridLines = False
        self.sheet.freeze_panes = "A3"
        self.sheet.print_title_rows = "1:1"
        page_of(self.sheet, landscape=False)

    def write(self, action: Any, notes: list[Note], places: "Places") -> None:
        """Write it and close it: its rows leave the memory."""
        self._append([cell(self.sheet, action.title, font=TITLE)])
        back = _("← Retour à la synthèse")
        self._append([linked(self.sheet, back, self.summary)])
        self._append([])
        for piece in cells.pieces_of(action.description, TEXT_CHARS):
            self._field(_("Description"), piece)
        for label, value in self._fields(action, places):
            self._field(label, value)
        self._write_assignees(action)
        self._write_notes(notes)
        self.sheet.close()

    def _field(self, label: str, value: Any) -> None:
        style: dict[str, Any] = {"alignment": cells.LEFT, "border": cells.LINE}
        if isinstance(value, float):  # a share
            style["number_format"] = cells.PERCENT
            cells.add_bars(self.sheet, f"B{self.row + 1}")
        if isinstance(value, str):
            cells.set_height(self.sheet, self.row + 1, cells.lines_of(value, TEXT_CHARS))
        name = cell(self.sheet, label, font=cells.LABEL, border=cells.LINE)
        self._append([name, cell(self.sheet, value, **style)])

    def _fields(self, action: Any, places: "Places") -> list[tuple[str, Any]]:
        focuses = [
            FocusType(one["focus_type"]).text_of(one["focus_id"], one["label"])
            for one in action.focuses
        ]
        return [
            (_("Statut"), str(State(action.status).label)),
            (_("Avancement"), action.completion_percent / 100),
            (_("Échéance"), action.due_date),
            (_("En retard"), _("Oui") if action.overdue else _("Non")),
            (_("Début"), action.started_at),
            (_("Fin"), action.completed_at),
            (_("Type"), str(action.get_action_type_display())),
            (_("Origine"), str(action.get_source_display())),
            (_("Visibilité"), str(action.get_visibility_display())),
            (_("Axes"), "\n".join(focuses)),
            (_("Périmètres"), _named(places.areas, action.area_ids) or _("Toute l’entreprise")),
            (_("Groupes"), _named(places.groups, action.group_ids)),
            (_("Notes"), action.notes_count),
            (_("Créée par"), action.created_by.name if action.created_by else None),
            (_("Créée le"), action.created_at),
            (_("Modifiée le"), action.updated_at),
            (_("Identifiant"), action.pk),
            (_("Identifiant du plan"), action.plan_id),
        ]

    def _write_assignees(self, action: Any) -> None:
        self._begin(_("Responsables"))
        titles = (_("État"), _("Responsable"), _("Début"), _("Fin"))
        self._append([head(self.sheet, one) for one in titles])
        for one in action.assignee_states:
            instants = (_instant(one["started_at"]), _instant(one["completed_at"]))
            values = (str(State(one["status"]).label), one["name"], *instants)
            style = {"alignment": cells.LEFT, "border": cells.LINE}
            self._append([cell(self.sheet, value, **style) for value in values])

    def _write_notes(self, notes: list[Note]) -> None:
        self._begin(_("Journal de suivi"))
        if not notes:
            self._append([cell(self.sheet, _("Aucune note."), font=cells.MUTED)])
            return
        titles = (_("Écrite le"), _("Note"), _("Auteur"), _("Modifiée le"))
        self._append([head(self.sheet, one) for one in titles])
        for note in notes:
            for rank, piece in enumerate(cells.pieces_of(note.text, TEXT_CHARS)):
                told = (note.created_at, note.author.name, note.edited_at)
                written, author, edited = (None, None, None) if rank else told
                cells.set_height(self.sheet, self.row + 1, cells.lines_of(piece, TEXT_CHARS))
                values = (written, piece, author, edited)
                style = {"alignment": cells.LEFT, "border": cells.LINE}
                self._append([cell(self.sheet, one, **style) for one in values])

    def _begin(self, title: str) -> None:
        self._append([])
        self._append([cell(self.sheet, title, font=cells.LABEL)])

    def _append(self, row: list[Any]) -> None:
        self.row += 1
        self.sheet.append(row)


def _named(names: Any, ids: list[str]) -> str:
    return "\n".join(names.get(one, one) for one in ids)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
