"""The registers of complaints, plans and actions in an audit bundle.

Drafts, deleted and abandoned plans and cancelled actions are not evidence. What a plan was called
and who answered for it when it was closed is what its closing report has frozen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from django.utils import timezone

from improvements.models import (
    ClosingReport,
    Complaint,
    ComplaintTheme,
    CorrectiveAction,
    EffectivenessCheck,
    ImprovementPlan,
    PlanAttachment,
    PlanComplaint,
)
from improvements.reports import result_row
from improvements.services.policy import LACKS
from improvements.states import ActionStatus, PlanStatus, effectiveness_of
from qualiforma.audit.past import records_at
from qualiforma.bundle.contents import Contents, Row
from qualiforma.bundle.merging import Merged
from qualiforma.bundle.people import outsiders
from qualiforma.bundle.scope import Scope
from qualiforma.bundle.sections import (
    Column,
    Register,
    RegisterName,
    add_register,
)
from qualiforma.qualiopi.grids import named

# Under way or over within the period.
PLANS = """
    record.deleted_at IS NULL AND record.created_at < %(ends)s
    AND (record.status = 'IN_PROGRESS' OR record.closed_at >= %(begins)s)
"""
BY_ID, BY_PLAN = 'record.id COLLATE "C"', 'record.plan_id COLLATE "C"'


def plans_of(scope: Scope) -> Iterator[ImprovementPlan]:
    """Yield the plans of the period as they stood at its end, by id."""
    return records_at(
        ImprovementPlan,
        scope.head[0],
        order=BY_ID,
        condition=PLANS,
        begins=scope.begins,
        ends=scope.ends,
    )


def of_plans(scope: Scope, model: Any, order: str) -> Merged[Any]:
    """Return the records of a model that belong to plans, to be read along with them."""
    rows = records_at(model, scope.head[0], order=f"{BY_PLAN}, {order}")
    return Merged(rows, attrgetter("plan_id"))


def _day(instant: datetime | None) -> date | None:
    return timezone.localdate(instant) if instant else None


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


# --- Complaints
COMPLAINT_COLUMNS = (
    Column("Reçue le", 18),
    Column("Objet", 40),
    Column("Auteur"),
    Column("Qualité de l’auteur"),
    Column("Nature", 14),
    Column("Canal", 14),
    Column("Origine", 24),
    Column("Thème", 24),
    Column("Accusé de réception attendu le", 18),
    Column("Accusé de réception le", 18),
    Column("Réponse attendue le", 18),
    Column("Réponse donnée le", 18),
    Column("Statut", 14),
    Column("Description", 60),
    Column("Réponse", 60),
    Column("Plans d’amélioration", 30),
    Column("Inscription", 30),
    Column("Identifiant", 30),
)


def _complaints(contents: Contents) -> Iterator[Row]:
    scope, people = contents.scope, contents.people
    found = records_at(
        Complaint,
        scope.head[0],
        order='record.received_at, record.id COLLATE "C"',
        condition="record.received_at >= %(begins)s AND record.received_at < %(ends)s",
        begins=scope.begins,
        ends=scope.ends,
    )
    plans = _plans_by_complaint(scope)
    themes = {one.pk: one.name for one in records_at(ComplaintTheme, scope.head[0], order=BY_ID)}
    for one in found:
        yield (
            one.received_at,
            people.text(one.subject, one.complainant_name),
            people.outsider(one.complainant_name),
            one.get_complainant_role_display(),
            one.get_kind_display(),
            one.get_channel_display(),
            one.get_origin_display(),
            themes.get(one.theme_id, ""),
            one.acknowledge_by,
            one.acknowledged_at,
            one.answer_by,
            one.resolved_at,
            one.get_status_display(),
            people.text(one.description, one.complainant_name),
            people.text(one.resolution, one.complainant_name),
            ", ".join(plans.get(one.pk, ())),
            one.enrollment_id or "",
            one.pk,
        )


def _plans_by_complaint(scope: Scope) -> dict[str, list[str]]:
    shown = {one.pk for one in plans_of(scope)}
    found: dict[str, list[str]] = {}
    for link in records_at(PlanComplaint, scope.head[0], order=BY_PLAN):
        if link.plan_id in shown:
            found.setdefault(link.complaint_id, []).append(link.plan_id)
    return found


# --- Plans
PLAN_COLUMNS = (
    Column("Créé le", 18),
    Column("Titre", 40),
    Column("Responsable"),
    Column("Déclencheur"),
    Column("Statut", 14),
    Column("Indicateurs", 14),
    Column("Libellés des indicateurs", 60),
    Column("Démarré le", 18),
    Column("Échéance", 14),
    Column("Clôturé le", 18),
    Column("Clôturé par"),
    Column("Jours de retard", 14),
    Column("Actions", 10),
    Column("Actions terminées", 10),
    Column("Synthèse", 60),
    Column("Résultats", 60),
    Column("Pièces", 10),
    Column("Description", 60),
    Column("Cause", 60),
    Column("Résultats attendus", 60),
    Column("Non renseigné", 40),
    Column("Efficacité", 60),
    Column("Efficacité à vérifier le", 14),
    Column("Référence", 14),
    Column("Identifiant", 30),
)


def _plans(contents: Contents) -> Iterator[Row]:
    scope = contents.scope
    reports = of_plans(scope, ClosingReport, "record.plan_id")
    actions = of_plans(scope, CorrectiveAction, "record.position")
    files = of_plans(scope, PlanAttachment, "record.id")
    checks = of_plans(scope, EffectivenessCheck, "record.number")
    for plan in plans_of(scope):
        report = next(iter(reports.of(plan.pk)), None)
        known = PlanRecords(
            report,
            counted_actions(actions.of(plan.pk)),
            len(files.of(plan.pk)),
            list(checks.of(plan.pk)),
        )
        yield plan_row(contents, plan, known)


def counted_actions(actions: Iterable[CorrectiveAction]) -> list[CorrectiveAction]:
    """Return the actions that count as evidence."""
    return [one for one in actions if one.status != ActionStatus.CANCELLED]


@dataclass(frozen=True)
class PlanRecords:
    """What belongs to one plan, as it stood."""

    report: ClosingReport | None
    actions: list[CorrectiveAction]
    files: int
    checks: list[EffectivenessCheck]


def plan_row(contents: Contents, plan: ImprovementPlan, known: PlanRecords) -> Row:
    """Return the row of a plan. Shape: `PLAN_COLUMNS`."""
    report, actions = known.report, known.actions
    people, frozen = contents.people, (report and report.snapshot) or {}
    return (
        plan.created_at,
        people.text(plan.title),
        _answerable(contents, plan.owner_id, frozen.get("owner")),
        plan.get_trigger_display(),
        plan.get_status_display(),
        _numbers(plan.indicators),
        "\n".join(named(number, contents.scope.audit_day) for number in plan.indicators),
        plan.started_at,
        plan.target_date,
        plan.closed_at,
        _answerable(contents, plan.closed_by_id, frozen.get("closedBy")),
        _days_late(contents.scope, plan),
        len(actions),
        sum(one.status == ActionStatus.DONE for one in actions),
        people.text(report.summary) if report else "",
        "\n".join(map(people.text, report.outcomes)) if report else "",
        known.files,
        people.text(plan.description),
        people.text(plan.root_cause),
        "\n".join(people.text(_expected(one)) for one in frozen.get("expectedResults", ())),
        "\n".join(str(LACKS[code].text) for code in frozen.get("notGiven", ())),
        _effect(contents, plan, known.checks),
        plan.effectiveness_due_date,
        plan.reference,
        plan.pk,
    )


def _effect(contents: Contents, plan: ImprovementPlan, checks: list[EffectivenessCheck]) -> str:
    """Return the status of the plan on that axis, and each check: by whom, how, with what."""
    people = contents.people
    state = effectiveness_of(
        PlanStatus(plan.status),
        is_closed=plan.closed_at is not None,
        verdict=checks[-1].verdict if checks else None,
    )
    lines = [str(state.label)]
    for one in checks:
        by = people.person(one.verified_by_id)
        doer = " (a mené le plan)" if one.verifier_is_doer else ""
        lines.append(
            f"{one.get_verdict_display()}, vérifié le {one.verified_on:%d/%m/%Y} par {by}{doer} : "
            f"{people.text(one.method)} {people.text(one.comment)} {people.text(one.reason)}".rstrip()
        )
    return "\n".join(lines)


def _expected(one: Any) -> str:
    row = result_row(one)
    parts = (row["name"], row["target"], row["measured"], row["met"], row["changes"])
    return " – ".join(filter(None, parts))


def _answerable(contents: Contents, user_id: str | None, frozen: Any) -> str:
    """Return the name somebody bore when the plan was closed, else at the end of the period."""
    people = contents.people
    if isinstance(frozen, dict) and user_id not in people.learners:
        return str(frozen.get("name") or people.person(user_id))
    return people.person(user_id)


def _days_late(scope: Scope, plan: ImprovementPlan) -> int:
    settled = _day(plan.closed_at) or scope.until
    return max((settled - plan.target_date).days, 0)


# --- Actions
ACTION_COLUMNS = (
    Column("Échéance", 14),
    Column("Action", 60),
    Column("Responsable"),
    Column("Statut", 14),
    Column("Terminée le", 18),
    Column("Jours de retard", 14),
    Column("Nature", 14),
    Column("Première échéance", 14),
    Column("Preuves", 60),
    Column("Plan", 40),
    Column("Plan (référence)", 14),
    Column("Plan (identifiant)", 30),
    Column("Identifiant", 30),
)


def _actions(contents: Contents) -> Iterator[Row]:
    scope = contents.scope
    actions = of_plans(scope, CorrectiveAction, 'record.position, record.id COLLATE "C"')
    for plan in plans_of(scope):
        for one in counted_actions(actions.of(plan.pk)):
            yield action_row(contents, plan, one)


def action_row(contents: Contents, plan: ImprovementPlan, one: CorrectiveAction) -> Row:
    """Return the row of an action. Shape: `ACTION_COLUMNS`."""
    people = contents.people
    settled = _day(one.completed_at) or contents.scope.until
    return (
        one.due_date,
        people.text(one.description),
        people.person(one.owner_id),
        one.get_status_display(),
        one.completed_at,
        max((settled - one.due_date).days, 0) if one.due_date else 0,
        one.get_kind_display(),
        one.first_due_date or one.due_date,
        "\n".join(map(str, contents.cited("CORRECTIVE_ACTION", one.pk))),
        people.text(plan.title),
        plan.reference,
        plan.pk,
        one.pk,
    )


for _name, _path, _columns, _rows, _number in (
    (RegisterName.COMPLAINTS, "registres/reclamations", COMPLAINT_COLUMNS, _complaints, 31),
    (RegisterName.PLANS, "registres/plans", PLAN_COLUMNS, _plans, 32),
    (RegisterName.ACTIONS, "registres/actions", ACTION_COLUMNS, _actions, 32),
):
    add_register(Register(_name, _path, _columns, _rows, (_number,)))


outsiders.append(
    lambda scope: (
        one.complainant_name
        for one in records_at(Complaint, scope.head[0], order=BY_ID)
        if one.complainant_name
    )
)
