"""What needs analyses can be. Source: public API, compliance; api-compliance."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


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
    OUT_OF_ORDER = "OUT_OF_ORDER", _("Hors séquence")


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
