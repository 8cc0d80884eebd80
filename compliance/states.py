"""What compliance records can be. Source: public API, compliance; api-compliance; closed-loop."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from qualiforma.moves import check_move


class AnalysisStatus(TextChoices):
    """A needs analysis is worked on, then completed for good."""

    DRAFT = "DRAFT", _("Brouillon")
    COMPLETED = "COMPLETED", _("Validée")


class FundingSource(TextChoices):
    """Who pays for the training."""

    OPCO = "OPCO", _("OPCO")
    CPF = "CPF", _("CPF")
    POLE_EMPLOI = "POLE_EMPLOI", _("France Travail (Pôle emploi)")
    SELF = "SELF", _("Autofinancement")
    OTHER = "OTHER", _("Autre")


class UnlockCondition(TextChoices):
    """What opens a module, about the last mandatory one before it."""

    COMPLETION = "COMPLETION", _("Module précédent terminé")
    SCORE_GTE_70 = "SCORE_GTE_70", _("Score d’au moins 70 %")
    SCORE_GTE_80 = "SCORE_GTE_80", _("Score d’au moins 80 %")

    @property
    def percentage(self) -> int | None:
        """The least score it asks for; None where it asks for none."""
        return {"SCORE_GTE_70": 70, "SCORE_GTE_80": 80}.get(self.value)


class ModuleState(TextChoices):
    """How far a learner is in a module; computed, stored nowhere."""

    LOCKED = "LOCKED", _("Verrouillé")
    UNLOCKED = "UNLOCKED", _("Ouvert")
    IN_PROGRESS = "IN_PROGRESS", _("En cours")
    COMPLETED = "COMPLETED", _("Terminé")


class LackKind(TextChoices):
    """What a learner still has to do before a module opens."""

    PREREQUISITE_ASSESSMENT = "PREREQUISITE_ASSESSMENT", _("Évaluation d’entrée")
    COMPLETION = "COMPLETION", _("Module à terminer")
    SCORE = "SCORE", _("Score à atteindre")


class GapReason(TextChoices):
    """What is wrong with a step that an auditor looks for."""

    MISSING = "MISSING", _("Manquant")
    OUT_OF_ORDER = "OUT_OF_ORDER", _("Dans le désordre")


class EvidenceKind(TextChoices):
    """What a piece of evidence is."""

    FILE = "FILE", _("Fichier")
    LINK = "LINK", _("Lien")
    RECORD = "RECORD", _("Fiche")
    STATEMENT = "STATEMENT", _("Déclaration")


class EvidenceStatus(TextChoices):
    """A piece of evidence is shown until it is withdrawn, for good."""

    ACTIVE = "ACTIVE", _("Active")
    WITHDRAWN = "WITHDRAWN", _("Retirée")


class ReviewVerdict(TextChoices):
    """What a review of a piece of evidence says."""

    STILL_VALID = "STILL_VALID", _("Toujours valable")
    TO_REPLACE = "TO_REPLACE", _("À remplacer")


class AuditKind(TextChoices):
    """Who audits and why: the organisation itself, or its certifier at a point of the cycle."""

    INTERNAL = "INTERNAL", _("Audit interne")
    INITIAL = "INITIAL", _("Audit initial")
    SURVEILLANCE = "SURVEILLANCE", _("Audit de surveillance")
    RENEWAL = "RENEWAL", _("Audit de renouvellement")


# Audits that see every applicable indicator and begin a cycle of three years.
CYCLE_OPENING = frozenset({AuditKind.INITIAL, AuditKind.RENEWAL})


class AuditStatus(TextChoices):
    """The status of an audit. A closed one is frozen."""

    PLANNED = "PLANNED", _("Prévu")
    IN_PROGRESS = "IN_PROGRESS", _("En cours")
    CLOSED = "CLOSED", _("Clôturé")


AUDIT_MOVES: Mapping[AuditStatus, frozenset[AuditStatus]] = {
    AuditStatus.PLANNED: frozenset({AuditStatus.IN_PROGRESS}),
    AuditStatus.IN_PROGRESS: frozenset({AuditStatus.CLOSED}),
    AuditStatus.CLOSED: frozenset(),
}


class Judgement(TextChoices):
    """What an auditor says of an indicator."""

    NOT_JUDGED = "NOT_JUDGED", _("À examiner")
    SATISFACTORY = "SATISFACTORY", _("Satisfaisant")
    MINOR = "MINOR", _("Non-conformité mineure")
    MAJOR = "MAJOR", _("Non-conformité majeure")
    NOT_APPLICABLE = "NOT_APPLICABLE", _("Sans objet")


NON_CONFORMITIES = frozenset({Judgement.MINOR, Judgement.MAJOR})
# From best to worst. What is in none of these cannot be compared.
WORSENING = (Judgement.SATISFACTORY, Judgement.MINOR, Judgement.MAJOR)


class JudgementChange(TextChoices):
    """How an indicator was judged, beside the audit before."""

    BETTER = "BETTER", _("Mieux")
    SAME = "SAME", _("Inchangé")
    WORSE = "WORSE", _("Moins bien")
    NOT_COMPARABLE = "NOT_COMPARABLE", _("Non comparable")


def compare_judgements(before: Judgement | None, after: Judgement | None) -> JudgementChange:
    """Return how a judgement changed from one audit to the next; None: outside that audit's scope."""
    if before not in WORSENING or after not in WORSENING:
        return JudgementChange.NOT_COMPARABLE
    step = WORSENING.index(after) - WORSENING.index(before)
    if step == 0:
        return JudgementChange.SAME
    return JudgementChange.WORSE if step > 0 else JudgementChange.BETTER


class FindingStatus(TextChoices):
    """Where a finding stands: to be corrected, corrected, accepted as such by the certifier."""

    OPEN = "OPEN", _("À corriger")
    CORRECTED = "CORRECTED", _("Corrigé, à vérifier")
    LIFTED = "LIFTED", _("Levé")


# A correction that turns out not to be one is taken back; what was lifted stays so.
FINDING_MOVES: Mapping[FindingStatus, frozenset[FindingStatus]] = {
    FindingStatus.OPEN: frozenset({FindingStatus.CORRECTED, FindingStatus.LIFTED}),
    FindingStatus.CORRECTED: frozenset({FindingStatus.OPEN, FindingStatus.LIFTED}),
    FindingStatus.LIFTED: frozenset(),
}
PENDING = frozenset({FindingStatus.OPEN, FindingStatus.CORRECTED})


def check_finding_move(current: FindingStatus, target: FindingStatus) -> None:
    """Refuse a move that the table does not have. Errors: as for audits."""
    text = _("Un constat %(current)s ne peut pas passer à %(target)s. Possible : %(allowed)s.")
    check_move(FINDING_MOVES, current, target, text)


def check_audit_move(current: AuditStatus, target: AuditStatus) -> None:
    """Refuse a move that the table does not have.

    Errors: `IllegalTransitionError` naming the statuses that can be reached from here.
    """
    text = _("Un audit %(current)s ne peut pas passer à %(target)s. Possible : %(allowed)s.")
    check_move(AUDIT_MOVES, current, target, text)
