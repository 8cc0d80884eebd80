"""Each plan's folder in an audit bundle: to print, as a workbook, its history and its files."""

from collections.abc import Iterator
from operator import attrgetter

from improvements.bundle.registers import (
    ACTION_COLUMNS,
    PLAN_COLUMNS,
    PlanRecords,
    action_row,
    counted_actions,
    of_plans,
    plan_row,
    plans_of,
)
from improvements.models import (
    ClosingReport,
    CorrectiveAction,
    EffectivenessCheck,
    ImprovementPlan,
    PlanAttachment,
)
from improvements.states import PlanStatus
from qualiforma import pdf
from qualiforma.audit.models import AuditEvent
from qualiforma.bundle.archive import segment
from qualiforma.bundle.contents import PLANS_MAX, Contents, Row, StoredFile
from qualiforma.bundle.documents import facts_of, table_of
from qualiforma.bundle.history import HISTORY, history_of, root_events
from qualiforma.bundle.index import PLANS
from qualiforma.bundle.merging import Merged
from qualiforma.bundle.scope import Scope
from qualiforma.bundle.sections import Column, Section, add_section

FILE_COLUMNS = (
    Column("Date", 18),
    Column("Document", 40),
    Column("Déposé par", 24),
    Column("Identifiant", 30),
    Column("SHA-256", 66),
    Column("Taille", 12),
    Column("Chemin dans ce dossier", 60),
)


class Streams:
    """What belongs to plans, each stream read along with them. Memory: what belongs to one plan."""

    def __init__(self, scope: Scope) -> None:
        order = 'record.id COLLATE "C"'
        self.reports: Merged[ClosingReport] = of_plans(scope, ClosingReport, "record.plan_id")
        self.actions: Merged[CorrectiveAction] = of_plans(
            scope, CorrectiveAction, f"record.position, {order}"
        )
        self.files: Merged[PlanAttachment] = of_plans(scope, PlanAttachment, order)
        self.checks: Merged[EffectivenessCheck] = of_plans(
            scope, EffectivenessCheck, "record.number"
        )
        self.events: Merged[AuditEvent] = Merged(
            root_events(scope, "improvement_plan"), attrgetter("root_id")
        )


def _write(contents: Contents) -> None:
    streams, count = Streams(contents.scope), 0
    for plan in plans_of(contents.scope):
        _write_plan(contents, plan, streams)
        count += 1
        contents.progress("plans", count)
    contents.counts["plans-dossiers"] = count


def _write_plan(contents: Contents, plan: ImprovementPlan, streams: Streams) -> None:
    folder = f"plans/{segment(plan.pk)}"
    files = list(_files(contents, f"{folder}/pieces", streams.files.of(plan.pk)))
    actions = counted_actions(streams.actions.of(plan.pk))
    report = next(iter(streams.reports.of(plan.pk)), None)
    known = PlanRecords(report, actions, len(files), list(streams.checks.of(plan.pk)))
    row = plan_row(contents, plan, known)
    rows = [action_row(contents, plan, one) for one in actions]
    history = list(history_of(streams.events.of(plan.pk), contents.people))
    contents.csv(f"{folder}/historique.csv", HISTORY, history)
    if files:
        contents.csv(f"{folder}/pieces.csv", FILE_COLUMNS, files)
    contents.document(f"{folder}/plan.pdf", _document(contents, plan, row, rows, files, history))
    pairs: list[Row] = [(one.head, value) for one, value in zip(PLAN_COLUMNS, row, strict=True)]
    sheets: list[tuple[str, tuple[Column, ...], list[Row]]] = [
        ("Plan", (Column("Donnée", 24), Column("Valeur", 80)), pairs),
        ("Actions", ACTION_COLUMNS, rows),
        ("Pièces", FILE_COLUMNS, files),
        ("Historique", HISTORY, history),
    ]
    contents.workbook(f"{folder}/plan.xlsx", sheets)
    _note(contents, plan, title=str(row[1]), path=f"{folder}/plan.pdf")


def _document(
    contents: Contents,
    plan: ImprovementPlan,
    row: Row,
    actions: list[Row],
    files: list[Row],
    history: list[Row],
) -> pdf.Document:
    return pdf.Document(
        title=str(row[1]),
        organisation=contents.scope.tenant_name,
        subtitle=f"Plan d’amélioration {plan.reference} – {row[4]}",
        header="Plan d’amélioration",
        blocks=[
            facts_of(PLAN_COLUMNS, row),
            pdf.heading("Actions correctives"),
            *table_of(ACTION_COLUMNS, actions, first=6, whole="plan.xlsx"),
            pdf.heading("Preuves des actions"),
            pdf.bullets(_evidence(actions) or ["Aucune."]),
            pdf.heading("Pièces"),
            *table_of(FILE_COLUMNS, files, first=5, whole="pieces.csv"),
            pdf.heading("Historique"),
            *table_of(HISTORY, history, first=3, whole="historique.csv"),
        ],
    )


def _evidence(actions: list[Row]) -> list[str]:
    """Return a line for each action that has evidence."""
    at = [one.head for one in ACTION_COLUMNS].index("Preuves")
    return [f"{row[1]} : {' ; '.join(str(row[at]).splitlines())}" for row in actions if row[at]]


def _files(contents: Contents, folder: str, files: list[PlanAttachment]) -> Iterator[Row]:
    for one in files:
        stored = StoredFile(
            one.key, one.name, one.size, one.sha256, is_free=one.free_of_personal_data
        )
        path = contents.upload(stored, folder, one.pk)
        name = one.name if contents.scope.names else ""
        by = contents.people.person(one.uploaded_by_id)
        yield (one.created_at, name, by, one.pk, one.sha256, one.size, path)


def _note(contents: Contents, plan: ImprovementPlan, *, title: str, path: str) -> None:
    """Put the plan into the index, and one under way on the sheets of its indicators."""
    numbers = ", ".join(map(str, plan.indicators))
    detail = f"{plan.reference}, {plan.pk}, {plan.get_status_display()}, indicateurs {numbers}"
    contents.index.add(PLANS, title, path, detail)
    for number in plan.indicators if plan.status == PlanStatus.IN_PROGRESS else ():
        known = contents.plans.setdefault(number, [])
        if len(known) < PLANS_MAX:
            known.append((title, plan.pk))


add_section(Section("plans", "Plans d’amélioration", 30, _write))
