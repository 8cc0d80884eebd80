"""Complaints, improvement plans and their actions as files: what an export writes, an import reads back."""

from datetime import datetime, time
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from improvements import policies, services
from improvements.models import (
    ACTION_DESCRIPTION_MAX,
    DESCRIPTION_MAX,
    ROOT_CAUSE_MAX,
    TITLE_MAX,
    Complaint,
    ComplaintTheme,
    CorrectiveAction,
    DueDateMove,
    ExpectedResult,
    ImprovementPlan,
    PlanComplaint,
    PlanYear,
)
from improvements.states import (
    OPEN,
    ActionKind,
    ActionStatus,
    CauseMethod,
    ComplainantRole,
    ComplaintChannel,
    ComplaintKind,
    ComplaintStatus,
    PlanStatus,
    Trigger,
)
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.search import called
from qualiforma.training.importing.columns import Column
from qualiforma.training.importing.exceptions import CellError
from qualiforma.training.importing.kinds import register
from qualiforma.training.importing.kinds.base import Given, Kind, one_named, only, within_second
from qualiforma.training.importing.lookups import Lookups, read_enrollment, read_person
from qualiforma.training.importing.readers import (
    all_by_name,
    by_name,
    id_column,
    name_columns,
    read_email,
    read_indicators,
    text_up_to,
)
from qualiforma.training.importing.source import Cell
from qualiforma.training.importing.values import choice_of, read_day, read_instant, read_text

COMPLAINTS_MAX = 50
CHANNELS = {
    **dict.fromkeys(("mail", "courriel", "mél", "e mail"), ComplaintChannel.EMAIL),
    **dict.fromkeys(("tel", "tél.", "appel"), ComplaintChannel.PHONE),
    **dict.fromkeys(("lettre", "courrier postal"), ComplaintChannel.LETTER),
    **dict.fromkeys(("orale", "de vive voix"), ComplaintChannel.ORAL),
}
ROLES = {
    **dict.fromkeys(("stagiaire", "bénéficiaire", "apprenante"), ComplainantRole.LEARNER),
    **dict.fromkeys(("client", "employeur"), ComplainantRole.COMPANY),
    **dict.fromkeys(("opco", "financeurs"), ComplainantRole.FUNDER),
}
ACTION_STATES = {
    **dict.fromkeys(("fait", "faite", "clos", "close", "réalisée", "réalisé"), ActionStatus.DONE),
    **dict.fromkeys(("à lancer", "non démarrée", "ouverte"), ActionStatus.TODO),
    **dict.fromkeys(("abandonnée", "annulé"), ActionStatus.CANCELLED),
}


class Complaints(Kind):
    """The register of complaints, identified by subject and the instant of reception."""

    name = "complaints"
    title = gettext_lazy("Réclamations")
    model = Complaint
    related = ("theme",)
    order = ("received_at", "pk")
    example: ClassVar = {
        "received_at": "02/03/2026",
        "subject": "Salle froide",
        "description": "Le chauffage est en panne.",
        "channel": "E-mail",
        "complainant_role": "Apprenant",
        "complainant_name": "Camille Roy",
        "status": "Résolue",
        "resolved_at": "05/03/2026",
        "resolution": "Salle changée.",
    }
    columns = (
        Column("received_at", "Reçue le", "Received on", lambda one: one.received_at, read_instant, ("date de réception", "date", "réception", "received at"), is_required=True),
        Column("subject", "Objet", "Subject", lambda one: one.subject, text_up_to(TITLE_MAX), ("sujet", "réclamation", "intitulé", "motif"), is_required=True, width=40),
        Column("description", "Description", "Description", lambda one: one.description, text_up_to(DESCRIPTION_MAX), ("détail", "détails"), cleared="", width=60),
        Column("kind", "Nature", "Kind", lambda one: one.get_kind_display(), choice_of(ComplaintKind), ("type",)),
        Column("channel", "Canal", "Channel", lambda one: one.get_channel_display(), choice_of(ComplaintChannel, CHANNELS), ("moyen", "reçue par"), is_required=True),
        Column("complainant_role", "Qualité de l’auteur", "Complainant’s role", lambda one: one.get_complainant_role_display(), choice_of(ComplainantRole, ROLES), ("qualité", "émetteur", "origine de la réclamation"), is_required=True),
        Column("complainant_name", "Auteur", "Complainant", lambda one: one.complainant_name, text_up_to(TITLE_MAX), ("nom de l’auteur", "réclamant", "plaignant"), cleared="", width=28),
        Column("complainant_email", "E-mail de l’auteur", "Complainant’s e-mail", lambda one: one.complainant_email, read_email, ("e-mail", "adresse e-mail"), cleared="", width=32),
        Column("theme", "Thème", "Theme", lambda one: one.theme.name if one.theme_id else None, by_name(ComplaintTheme, "name"), ("catégorie",), cleared=None, width=24),
        Column("enrollment", "Inscription", "Enrollment", lambda one: one.enrollment_id, read_enrollment, ("identifiant de l’inscription",), cleared=None, width=30),
        Column("status", "Statut", "Status", lambda one: one.get_status_display(), choice_of(ComplaintStatus), ("état",)),
        Column("acknowledged_at", "Accusé de réception le", "Acknowledged on", lambda one: one.acknowledged_at, read_instant, ("accusé de réception",)),
        Column("resolved_at", "Réponse donnée le", "Answered on", lambda one: one.resolved_at, read_instant, ("répondue le", "résolue le", "date de réponse", "traitée le")),
        Column("resolution", "Réponse", "Answer", lambda one: one.resolution, text_up_to(DESCRIPTION_MAX), ("réponse apportée", "résolution", "traitement"), width=60),
        id_column("cmp"),
    )  # fmt: skip

    def may_import(self, actor: Actor) -> bool:
        return policies.can_manage_complaints(actor)

    def may_export(self, actor: Actor) -> bool:
        return policies.can_read_complaint_register(actor)

    def complete(self, given: Given, lookups: Lookups) -> None:
        """Take a day without an hour for no earlier than the reception of that day."""
        received = given.get("received_at")
        for name in ("acknowledged_at", "resolved_at"):
            if received and name in given:
                given[name] = _not_before(given[name], received)

    def alike(self, given: Given) -> Any:
        if not given.get("received_at"):
            return None
        rows = Complaint.objects.filter(received_at__range=within_second(given["received_at"]))
        return one_named(rows, given.get("subject"), "subject")

    def create(self, given: Given, actor: Actor) -> Complaint:
        """Enter it as received; then what has become of it, as the one who answers would."""
        values = _with_ids(given, "enrollment", "theme")
        later = {name: values.pop(name) for name in LATER if name in values}
        with transaction.atomic():
            complaint = services.receive_complaint(
                draft=services.ComplaintDraft(**values), actor=actor
            )
            if later.get("status") == ComplaintStatus.OPEN:
                del later["status"]
            if later:
                services.change_complaint(complaint=complaint, changes=later, actor=actor)
        return complaint

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        changes = _with_ids(changes, "enrollment", "theme")
        return services.change_complaint(complaint=record, changes=changes, actor=actor)


LATER = ("status", "acknowledged_at", "resolved_at", "resolution")


def _not_before(instant: datetime, first: datetime) -> datetime:
    local = timezone.localtime(instant)
    is_day = local.time() == time() and local.date() == timezone.localdate(first)
    return max(instant, first) if is_day else instant


def _with_ids(given: Given, *keys: str) -> Given:
    """Return values under the names that services give to keys."""
    return {f"{name}_id" if name in keys else name: value for name, value in given.items()}


class Plans(Kind):
    """Improvement plans, without their actions; identified by title, among open ones."""

    name = "improvement-plans"
    title = gettext_lazy("Plans d’amélioration")
    model = ImprovementPlan
    touched = (PlanYear, CorrectiveAction, PlanComplaint, ExpectedResult)
    related = ("owner",)
    creates = ("users",)
    created_role = Role.TRAINER
    note = gettext_lazy(
        "Un plan s’importe comme brouillon ou en cours ; ses actions s’importent ensuite depuis la liste des actions. Il se clôture sur sa page, avec son bilan."
    )
    example: ClassVar = {
        "title": "Mieux accueillir",
        "description": "Livret d’accueil à revoir.",
        "trigger": "Réclamation",
        "status": "En cours",
        "owner": "alex.petit@exemple.fr",
        "target_date": "31/12/2026",
        "indicators": "31, 32",
        "root_cause": "Livret trop ancien",
    }
    columns = (
        Column("reference", "Référence", "Reference", lambda one: one.reference, width=16),
        Column("title", "Titre", "Title", lambda one: one.title, text_up_to(TITLE_MAX), ("plan", "intitulé", "plan d’amélioration"), is_required=True, width=40),
        Column("description", "Description", "Description", lambda one: one.description, text_up_to(DESCRIPTION_MAX), ("détail", "constat"), cleared="", width=60),
        Column("trigger", "Déclencheur", "Trigger", lambda one: one.get_trigger_display(), choice_of(Trigger), ("origine", "source"), is_required=True),
        Column("status", "Statut", "Status", lambda one: one.get_status_display(), choice_of(PlanStatus), ("état",)),
        Column("owner", "Responsable", "Owner", lambda one: one.owner.email, read_person, ("e-mail du responsable", "pilote", "owner email"), is_required=True, width=32),
        *name_columns("responsable", "Owner"),
        Column("target_date", "Échéance", "Target date", lambda one: one.target_date, read_day, ("date cible", "pour le", "date d’échéance"), is_required=True, width=14),
        Column("indicators", "Indicateurs", "Indicators", lambda one: ", ".join(map(str, one.indicators)), read_indicators, ("indicateur", "indicateurs qualiopi"), width=16),
        Column("root_cause", "Cause", "Root cause", lambda one: one.root_cause, text_up_to(ROOT_CAUSE_MAX), ("cause racine", "causes", "analyse des causes"), cleared="", width=60),
        Column("cause_method", "Méthode de recherche de la cause", "Method", lambda one: one.get_cause_method_display(), choice_of(CauseMethod), ("méthode",), cleared=""),
        Column("linked_complaint_ids", "Réclamations liées", "Linked complaints", lambda one: "\n".join(link.complaint_id for link in one.complaint_links.all()), all_by_name(Complaint, "subject"), ("réclamations", "réclamation"), width=34, holds_ids_of=Complaint),
        id_column("imp"),
    )  # fmt: skip

    def may_import(self, actor: Actor) -> bool:
        return policies.can_manage_plans(actor)

    def may_export(self, actor: Actor) -> bool:
        return policies.can_read_register(actor)

    def records(self) -> "QuerySet[Any]":
        return super().records().prefetch_related("complaint_links")

    def _rows(self) -> "QuerySet[Any]":
        return ImprovementPlan.objects.alive()

    def find(self, given: Given) -> Any:
        """Return the plan, a deleted one too: then its id is taken."""
        found = ImprovementPlan.objects.filter(pk=given.get("id")).first()
        if found is not None and found.deleted_at:
            raise CellError(_("Ce plan a été supprimé."), "id")
        return super().find(given)

    def alike(self, given: Given) -> Any:
        plans = ImprovementPlan.objects.alive().filter(status__in=OPEN)
        return one_named(plans, given.get("title"), "title")

    def present(self, record: Any, name: str) -> Any:
        if name == "linked_complaint_ids":
            links = record.complaint_links.order_by("position")
            return list(links.values_list("complaint_id", flat=True))
        if name == "indicators":
            return tuple(record.indicators)
        return super().present(record, name)

    def create(self, given: Given, actor: Actor) -> ImprovementPlan:
        values, target = _plan_values(given)
        with transaction.atomic():
            plan = services.create_plan(draft=services.PlanDraft(**values), actor=actor)
            return self._move(plan, target, actor)

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        values, target = _plan_values(changes)
        with transaction.atomic():
            plan = services.edit_plan(plan=record, changes=values, actor=actor)
            return self._move(plan, target, actor)

    def _move(self, plan: ImprovementPlan, target: str, actor: Actor) -> ImprovementPlan:
        """Start a plan. Its end is evidence with its day and its report, entered on its page."""
        if target in {"", plan.status}:
            return plan
        if target not in OPEN:
            reason = _("Un plan se clôture ou s’archive sur sa page : importez-le « En cours ».")
            raise CellError(reason, "status")
        return services.change_plan_status(plan=plan, target=PlanStatus(target), actor=actor)


def _plan_values(given: Given) -> tuple[Given, str]:
    """Return what services take, and the status."""
    values = {**given}
    if "indicators" in values:
        values["indicators"] = list(values["indicators"])
    if len(values.get("linked_complaint_ids", ())) > COMPLAINTS_MAX:
        reason = _("%s réclamations au plus.") % COMPLAINTS_MAX
        raise CellError(reason, "linked_complaint_ids")
    return values, values.pop("status", "")


def read_plan(cell: Cell, lookups: Lookups) -> str:
    """Return the id of the plan of this id, reference or title. Errors: `CellError`."""
    wanted = read_text(cell)
    plans = ImprovementPlan.objects.alive()
    found = plans.filter(reference=wanted.upper()).values_list("pk", flat=True).first()
    if found is None and (alike := called(plans.filter(status__in=OPEN), wanted, "title")):
        found = str(only(alike, "plan").pk)
    return str(found) if found else lookups.titled(ImprovementPlan, wanted)


class Actions(Kind):
    """Actions of improvement plans, identified by plan and description."""

    name = "corrective-actions"
    title = gettext_lazy("Actions correctives")
    model = CorrectiveAction
    touched = (ImprovementPlan, DueDateMove)
    related = ("plan", "owner")
    creates = ("users",)
    created_role = Role.TRAINER
    order = ("plan__created_at", "plan", "position", "created_at", "pk")
    fixed = ("plan",)
    example: ClassVar = {
        "plan": "Mieux accueillir",
        "description": "Rédiger le livret",
        "kind": "Corrective",
        "owner": "alex.petit@exemple.fr",
        "due_date": "30/06/2026",
        "status": "À faire",
    }
    columns = (
        Column("plan", "Plan", "Plan", lambda one: one.plan.reference, read_plan, ("référence du plan", "plan d’amélioration", "référence"), is_required=True, width=18),
        Column("plan_title", "Titre du plan", "Plan title", lambda one: one.plan.title, also=("intitulé du plan",), width=40, stands_for="plan"),
        Column("description", "Action", "Action", lambda one: one.description, text_up_to(ACTION_DESCRIPTION_MAX), ("description", "action corrective", "intitulé", "libellé", "mesure"), is_required=True, width=60),
        Column("kind", "Nature", "Kind", lambda one: one.get_kind_display(), choice_of(ActionKind), ("type",)),
        Column("owner", "Responsable", "Owner", lambda one: one.owner.email, read_person, ("e-mail du responsable", "pilote", "qui", "owner email"), width=32),
        *name_columns("responsable", "Owner"),
        Column("due_date", "Échéance", "Due date", lambda one: one.due_date, read_day, ("date d’échéance", "pour le", "délai", "quand", "date limite"), width=14),
        Column("status", "Statut", "Status", lambda one: one.get_status_display(), choice_of(ActionStatus, ACTION_STATES), ("état", "avancement")),
        Column("completed_at", "Terminée le", "Completed on", lambda one: one.completed_at, read_instant, ("date de réalisation", "réalisée le", "faite le")),
        Column("reason", "Motif d’annulation", "Reason of cancellation", lambda one: one.reason, text_up_to(ACTION_DESCRIPTION_MAX), width=40),
        Column("move_reason", "Motif du report", "Reason of postponement", lambda one: "", text_up_to(ACTION_DESCRIPTION_MAX), only_read=True),
        id_column("act"),
    )  # fmt: skip

    def may_import(self, actor: Actor) -> bool:
        return policies.can_manage_plans(actor)

    def may_export(self, actor: Actor) -> bool:
        return policies.can_read_register(actor)

    def records(self) -> "QuerySet[Any]":
        return super().records().filter(plan__deleted_at=None)

    def alike(self, given: Given) -> Any:
        rows = CorrectiveAction.objects.filter(plan=given.get("plan"))
        return one_named(rows, given.get("description"), "description")

    def differing(self, record: Any, given: Given) -> Given:
        """Leave the reason of a postponement where no date is postponed."""
        why = given.get("move_reason")
        rest = {name: value for name, value in given.items() if name != "move_reason"}
        changes = super().differing(record, rest)
        if why and "due_date" in changes:
            changes.setdefault("reason", why)
        return changes

    def create(self, given: Given, actor: Actor) -> CorrectiveAction:
        values = {name: value for name, value in given.items() if name != "move_reason"}
        plan = ImprovementPlan.objects.get(pk=values.pop("plan"))
        later: Given = {
            name: values.pop(name)
            for name in ("status", "completed_at", "reason")
            if name in values
        }
        with transaction.atomic():
            draft = services.ActionDraft(**values)
            action = services.add_action(plan=plan, draft=draft, actor=actor)
            if later:
                services.change_action(action=action, changes=later, actor=actor)
        return action

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        return services.change_action(action=record, changes=changes, actor=actor)


for _kind in (Complaints(), Plans(), Actions()):
    register(_kind)
