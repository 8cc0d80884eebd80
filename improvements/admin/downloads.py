"""The columns of the lists of plans and complaints, as a file holds them."""

from collections import Counter
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.documents import days_late, first_due_dates
from improvements.models import PlanAttachment
from improvements.states import ANSWERED, OPEN
from qualiforma.admin.downloads import Column
from qualiforma.qualiopi.grids import named


def with_details(plans: list[Any]) -> list[Any]:
    """Add what the columns read of other tables. Cost: four statements for any number of plans."""
    keys = [plan.pk for plan in plans]
    prefetch_related_objects(plans, "owner", "closed_by", "closing_report")
    first = first_due_dates(keys, "target_date")
    files = Counter(PlanAttachment.objects.filter(plan__in=keys).values_list("plan", flat=True))
    for plan in plans:
        plan.first_target_date = first.get(plan.pk) or plan.target_date
        plan.files_count = files[plan.pk]
    return plans


def with_first_due_dates(actions: list[Any]) -> list[Any]:
    """Add `first_due_date`. Cost: a statement for any number of actions."""
    first = first_due_dates([one.pk for one in actions], "due_date")
    for one in actions:
        one.first_due_date = first.get(one.pk) or one.due_date
    return actions


def _outcomes(plan: Any) -> str:
    report = getattr(plan, "closing_report", None)
    return "\n".join([report.summary, *report.outcomes]) if report else plan.archive_reason


PLAN_COLUMNS = (
    Column(_("Référence"), 14, lambda plan: plan.reference),
    Column(_("Identifiant"), 30, lambda plan: plan.pk),
    Column(_("Titre"), 50, lambda plan: plan.title),
    Column(_("Statut"), 14, lambda plan: str(plan.get_status_display())),
    Column(_("Déclencheur"), 18, lambda plan: str(plan.get_trigger_display())),
    Column(_("Responsable"), 24, lambda plan: plan.owner.name),
    Column(_("Première échéance"), 17, lambda plan: plan.first_target_date),
    Column(_("Échéance"), 14, lambda plan: plan.target_date),
    Column(
        _("Jours de retard"),
        15,
        lambda plan: days_late(plan.target_date, is_open=plan.status in OPEN),
    ),
    Column(_("Actions"), 10, lambda plan: plan.actions_count),
    Column(_("Actions terminées"), 17, lambda plan: plan.actions_completed),
    Column(_("Indicateurs"), 14, lambda plan: ", ".join(map(str, plan.indicators))),
    Column(_("Libellés des indicateurs"), 60, lambda plan: "\n".join(map(named, plan.indicators))),
    Column(_("Créé le"), 19, lambda plan: plan.created_at),
    Column(_("Démarré le"), 19, lambda plan: plan.started_at),
    Column(_("Clôturé le"), 19, lambda plan: plan.closed_at),
    Column(_("Clôturé par"), 24, lambda plan: plan.closed_by.name if plan.closed_by else None),
    Column(_("Résultat"), 60, _outcomes),
    Column(_("Cause"), 60, lambda plan: plan.root_cause),
    Column(_("Efficacité"), 20, lambda plan: str(plan.effectiveness.label)),
    Column(_("Efficacité à vérifier le"), 14, lambda plan: plan.effectiveness_due_date),
    Column(_("Récidive"), 10, lambda plan: _("oui") if plan.recurs else None),
    Column(_("Pièces jointes"), 14, lambda plan: plan.files_count),
)

ACTION_COLUMNS = (
    Column(_("Action"), 60, lambda one: one.description),
    Column(_("Plan"), 50, lambda one: str(one.plan)),
    Column(_("Responsable"), 24, lambda one: one.owner.name),
    Column(_("Statut"), 14, lambda one: str(one.get_status_display())),
    Column(_("Première échéance"), 17, lambda one: one.first_due_date),
    Column(_("Échéance"), 14, lambda one: one.due_date),
    Column(
        _("Jours de retard"),
        15,
        lambda one: days_late(one.due_date, is_open=one.is_open),
    ),
    Column(_("Terminée le"), 19, lambda one: one.completed_at),
    Column(_("Identifiant"), 30, lambda one: one.pk),
)

COMPLAINT_COLUMNS = (
    Column(_("Identifiant"), 30, lambda one: one.pk),
    Column(_("Objet"), 50, lambda one: one.subject),
    Column(_("Description"), 60, lambda one: one.description),
    Column(_("Nature"), 16, lambda one: str(one.get_kind_display())),
    Column(_("Statut"), 14, lambda one: str(one.get_status_display())),
    Column(_("Canal"), 14, lambda one: str(one.get_channel_display())),
    Column(_("Thème"), 24, lambda one: one.theme.name if one.theme else ""),
    Column(_("Auteur de la réclamation"), 24, lambda one: one.complainant_name),
    Column(_("E-mail de l’auteur"), 30, lambda one: one.complainant_email),
    Column(_("Origine"), 24, lambda one: str(one.get_origin_display())),
    Column(_("Qualité de l’auteur"), 18, lambda one: str(one.get_complainant_role_display())),
    Column(_("Reçue le"), 19, lambda one: one.received_at),
    Column(_("Accusé de réception attendu le"), 29, lambda one: one.acknowledge_by),
    Column(_("Accusé de réception le"), 21, lambda one: one.acknowledged_at),
    Column(_("Réponse attendue le"), 19, lambda one: one.answer_by),
    Column(_("Réponse donnée le"), 19, lambda one: one.resolved_at),
    Column(
        _("Jours depuis la réception"),
        22,
        lambda one: (
            None
            if one.status in ANSWERED
            else (timezone.localdate() - timezone.localdate(one.received_at)).days
        ),
    ),
    Column(_("Réponse"), 60, lambda one: one.resolution),
    Column(_("Plans liés"), 10, lambda one: len(one.improvement_plan_ids)),
)
