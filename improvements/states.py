"""Life cycles as tables: which states exist and which moves are legal. Pure data and one check.

Source: api-improvements, "States"; public API, PATCH and DELETE /improvement-plans/:id.
"""

from collections.abc import Mapping

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from qualiforma.moves import check_move


class PlanStatus(TextChoices):
    """The status of a plan."""

    DRAFT = "DRAFT", _("Brouillon")
    IN_PROGRESS = "IN_PROGRESS", _("En cours")
    COMPLETED = "COMPLETED", _("Clôturé")
    ARCHIVED = "ARCHIVED", _("Archivé")


class ActionStatus(TextChoices):
    """The status of a corrective action."""

    TODO = "TODO", _("À faire")
    IN_PROGRESS = "IN_PROGRESS", _("En cours")
    DONE = "DONE", _("Terminée")
    CANCELLED = "CANCELLED", _("Annulée")


class Trigger(TextChoices):
    """What made a plan necessary."""

    COMPLAINT = "COMPLAINT", _("Réclamation")
    AUDIT = "AUDIT", _("Audit")
    FEEDBACK = "FEEDBACK", _("Retour des parties prenantes")
    PROACTIVE = "PROACTIVE", _("Initiative interne")


class CauseMethod(TextChoices):
    """How the cause was looked for."""

    FIVE_WHYS = "FIVE_WHYS", _("Cinq pourquoi")
    ISHIKAWA = "ISHIKAWA", _("Diagramme d’Ishikawa")
    OTHER = "OTHER", _("Autre méthode")


class ResultDirection(TextChoices):
    """Which side of the target a measured value is to lie on."""

    UP = "UP", _("Au moins la valeur visée")
    DOWN = "DOWN", _("Au plus la valeur visée")
    EQUAL = "EQUAL", _("Exactement la valeur visée")


class ActionKind(TextChoices):
    """What an action does about the cause."""

    IMMEDIATE = "IMMEDIATE", _("Immédiate")
    CORRECTIVE = "CORRECTIVE", _("Corrective")
    PREVENTIVE = "PREVENTIVE", _("Préventive")
    IMPROVEMENT = "IMPROVEMENT", _("Amélioration")


class Verdict(TextChoices):
    """What a check of a closed plan's effect came to."""

    EFFECTIVE = "EFFECTIVE", _("Efficace")
    PARTLY = "PARTLY", _("Partiellement efficace")
    NOT_EFFECTIVE = "NOT_EFFECTIVE", _("Inefficace")


class Effectiveness(TextChoices):
    """Whether a plan has had its effect: an axis of its own, beside its status."""

    NOT_DUE = "NOT_DUE", _("Pas encore à vérifier")
    TO_CHECK = "TO_CHECK", _("À vérifier")
    EFFECTIVE = "EFFECTIVE", _("Efficace")
    PARTLY = "PARTLY", _("Partiellement efficace")
    NOT_EFFECTIVE = "NOT_EFFECTIVE", _("Inefficace")
    NOT_APPLICABLE = "NOT_APPLICABLE", _("Sans objet")


class ComplaintStatus(TextChoices):
    """The status of a complaint."""

    OPEN = "OPEN", _("Ouverte")
    IN_PROGRESS = "IN_PROGRESS", _("En traitement")
    RESOLVED = "RESOLVED", _("Résolue")
    REJECTED = "REJECTED", _("Rejetée")


class ComplaintChannel(TextChoices):
    """How a complaint arrived."""

    EMAIL = "EMAIL", _("E-mail")
    PHONE = "PHONE", _("Téléphone")
    FORM = "FORM", _("Formulaire")
    ORAL = "ORAL", _("Oral")
    LETTER = "LETTER", _("Courrier")


class ComplaintKind(TextChoices):
    """A claim in writing, something that hinders the training, something from outside."""

    COMPLAINT = "COMPLAINT", _("Réclamation")
    DIFFICULTY = "DIFFICULTY", _("Difficulté")
    INCIDENT = "INCIDENT", _("Aléa")


class ComplainantRole(TextChoices):
    """Who complains."""

    LEARNER = "LEARNER", _("Apprenant")
    COMPANY = "COMPANY", _("Entreprise")
    FUNDER = "FUNDER", _("Financeur")
    TRAINER = "TRAINER", _("Formateur")
    OTHER = "OTHER", _("Autre")


class ComplaintOrigin(TextChoices):
    """Who entered a complaint."""

    STAFF = "STAFF", _("Saisie dans l’application")
    PUBLIC_FORM = "PUBLIC_FORM", _("Formulaire public")


class Late(TextChoices):
    """What a complaint is late for."""

    TO_ACKNOWLEDGE = "TO_ACKNOWLEDGE", _("Accusé de réception en retard")
    TO_ANSWER = "TO_ANSWER", _("Réponse en retard")


PLAN_MOVES: Mapping[PlanStatus, frozenset[PlanStatus]] = {
    PlanStatus.DRAFT: frozenset({PlanStatus.IN_PROGRESS}),
    # To COMPLETED only by closing with a report; to ARCHIVED means given up.
    PlanStatus.IN_PROGRESS: frozenset({PlanStatus.COMPLETED, PlanStatus.ARCHIVED}),
    PlanStatus.COMPLETED: frozenset({PlanStatus.ARCHIVED}),
    PlanStatus.ARCHIVED: frozenset(),
}
DELETABLE = frozenset({PlanStatus.DRAFT})
OPEN = frozenset({PlanStatus.DRAFT, PlanStatus.IN_PROGRESS})
FROZEN = frozenset({PlanStatus.COMPLETED, PlanStatus.ARCHIVED})

# Work is undone and resumed at will while the plan is open.
ACTION_MOVES: Mapping[ActionStatus, frozenset[ActionStatus]] = {
    status: frozenset(ActionStatus) - {status} for status in ActionStatus
}
SETTLED = frozenset({ActionStatus.DONE, ActionStatus.CANCELLED})

# Reopened when an answer turns out not to be one.
COMPLAINT_MOVES: Mapping[ComplaintStatus, frozenset[ComplaintStatus]] = {
    ComplaintStatus.OPEN: frozenset(ComplaintStatus) - {ComplaintStatus.OPEN},
    ComplaintStatus.IN_PROGRESS: frozenset({ComplaintStatus.RESOLVED, ComplaintStatus.REJECTED}),
    ComplaintStatus.RESOLVED: frozenset({ComplaintStatus.IN_PROGRESS}),
    ComplaintStatus.REJECTED: frozenset({ComplaintStatus.IN_PROGRESS}),
}
ANSWERED = frozenset({ComplaintStatus.RESOLVED, ComplaintStatus.REJECTED})


def effectiveness_of(
    status: PlanStatus, *, is_closed: bool, verdict: Verdict | str | None
) -> Effectiveness:
    """Return the status of a plan on the second axis; `verdict` is that of its last check."""
    if verdict:
        return Effectiveness(verdict)
    if is_closed:
        return Effectiveness.TO_CHECK
    given_up = status == PlanStatus.ARCHIVED
    return Effectiveness.NOT_APPLICABLE if given_up else Effectiveness.NOT_DUE


def check_complaint_move(current: ComplaintStatus, target: ComplaintStatus) -> None:
    """Refuse a move that the table does not have. Errors: as for plans."""
    text = _("Une réclamation %(current)s ne peut pas passer à %(target)s. Possible : %(allowed)s.")
    check_move(COMPLAINT_MOVES, current, target, text, by_label=True)


def check_plan_move(current: PlanStatus, target: PlanStatus) -> None:
    """Refuse a move that the table does not have.

    Errors: `IllegalTransitionError` naming the statuses that can be reached from here.
    """
    text = _("Un plan %(current)s ne peut pas passer à %(target)s. Possible : %(allowed)s.")
    check_move(PLAN_MOVES, current, target, text, by_label=True)


# --- Risks
class Likelihood(IntegerChoices):
    """How likely it is that a risk comes true."""

    RARE = 1, _("1 – Rare")
    POSSIBLE = 2, _("2 – Possible")
    LIKELY = 3, _("3 – Probable")
    ALMOST_CERTAIN = 4, _("4 – Quasi certain")


class RiskSeverity(IntegerChoices):
    """How much harm it would do."""

    LOW = 1, _("1 – Faible")
    MODERATE = 2, _("2 – Modérée")
    HIGH = 3, _("3 – Forte")
    CRITICAL = 4, _("4 – Majeure")


class RiskTreatment(TextChoices):
    """What the organisation does about a risk."""

    ACCEPT = "ACCEPT", _("Accepter")
    REDUCE = "REDUCE", _("Réduire")
    AVOID = "AVOID", _("Éviter")
    TRANSFER = "TRANSFER", _("Transférer")


class RiskStatus(TextChoices):
    """The status of a risk."""

    OPEN = "OPEN", _("À traiter")
    CONTROLLED = "CONTROLLED", _("Maîtrisé")
    CLOSED = "CLOSED", _("Clos")


# What is controlled today may not be tomorrow, and a closed risk comes back as one to be treated.
RISK_MOVES: Mapping[RiskStatus, frozenset[RiskStatus]] = {
    RiskStatus.OPEN: frozenset({RiskStatus.CONTROLLED, RiskStatus.CLOSED}),
    RiskStatus.CONTROLLED: frozenset({RiskStatus.OPEN, RiskStatus.CLOSED}),
    RiskStatus.CLOSED: frozenset({RiskStatus.OPEN}),
}
# Risks that are reviewed every year.
WATCHED = frozenset({RiskStatus.OPEN, RiskStatus.CONTROLLED})


def check_risk_move(current: RiskStatus, target: RiskStatus) -> None:
    """Refuse a move that the table does not have. Errors: as for plans."""
    text = _("Un risque %(current)s ne peut pas passer à %(target)s. Possible : %(allowed)s.")
    check_move(RISK_MOVES, current, target, text)
