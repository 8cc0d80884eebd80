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
