"""The sheet of one action: every field, where each assignee stands, the execution log."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font

from actionplans.exports import cells
from actionplans.exports.cells import cell, linked
from actionplans.exports.summary_sheet import head, page_of
from actionplans.models import Note
from actionplans.states import FocusType, State

if TYPE_CHECKING:
    from actionplans.exports.workbook import Places

WIDTHS = {"A": 26, "B": 62, "C": 20, "D": 20}
TITLE = Font(bold=True, size=14, color=cells.BRAND)


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
        for label, value in self._fields(action, places):
            shown = cell(self.sheet, value, alignment=cells.WRAP, border=cells.LINE)
            if label == _("Avancement"):
                shown.number_format = cells.PERCENT
                cells.add_bars(self.sheet, f"B{self.row + 1}")
            self._append([cell(self.sheet, label, font=cells.LABEL, border=cells.LINE), shown])
        self._write_assignees(action)
        self._write_notes(notes)
        self.sheet.close()

    def _fields(self, action: Any, places: "Places") -> list[tuple[str, Any]]:
        return [
            (_("Description"), action.description),
            (_("Statut"), str(State(action.status).label)),
            (_("Avancement"), action.completion_percent / 100),
            (_("Échéance"), action.due_date),
            (_("En retard"), _("Oui") if action.overdue else _("Non")),
            (_("Début"), action.started_at),
            (_("Fin"), action.completed_at),
            (_("Type"), str(action.get_action_type_display())),
            (_("Origine"), str(action.get_source_display())),
            (_("Visibilité"), str(action.get_visibility_display())),
            (_("Axes"), "\n".join(_focus(one) for one in action.focuses)),
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
            self._append(
                [
                    cell(self.sheet, str(State(one["status"]).label), border=cells.LINE),
                    cell(self.sheet, one["name"], border=cells.LINE),
                    cell(self.sheet, _instant(one["started_at"]), border=cells.LINE),
                    cell(self.sheet, _instant(one["completed_at"]), border=cells.LINE),
                ]
            )

    def _write_notes(self, notes: list[Note]) -> None:
        self._begin(_("Journal de suivi"))
        if not notes:
            self._append([cell(self.sheet, _("Aucune note."), font=cells.MUTED)])
            return
        titles = (_("Écrite le"), _("Note"), _("Auteur"), _("Modifiée le"))
        self._append([head(self.sheet, one) for one in titles])
        for note in notes:
            wrapped = {"alignment": cells.WRAP, "border": cells.LINE}
            self._append(
                [
                    cell(self.sheet, note.created_at, border=cells.LINE),
                    cell(self.sheet, note.text, **wrapped),
                    cell(self.sheet, note.author.name, **wrapped),
                    cell(self.sheet, note.edited_at, border=cells.LINE),
                ]
            )

    def _begin(self, title: str) -> None:
        self._append([])
        self._append([cell(self.sheet, title, font=cells.LABEL)])

    def _append(self, row: list[Any]) -> None:
        self.row += 1
        self.sheet.append(row)


def _focus(one: dict[str, Any]) -> str:
    """Return a focus as `Score : Accueil (s1)`; what is not known is left out."""
    kind = str(FocusType(one["focus_type"]).label)
    about = one["label"] or one["focus_id"]
    known = f" ({one['focus_id']})" if one["label"] and one["focus_id"] else ""
    return f"{kind} : {about}{known}" if about else kind


def _named(names: Any, ids: list[str]) -> str:
    return "\n".join(names.get(one, one) for one in ids)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
