"""The five roles. Source: api-conventions, "Roles"."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a user is in the organisation; policies say what each may do."""

    ADMIN = "ADMIN", _("Responsable qualité")
    MANAGER = "MANAGER", _("Responsable d’entreprise")
    TRAINER = "TRAINER", _("Formateur")
    LEARNER = "LEARNER", _("Apprenant")
    AUDITOR = "AUDITOR", _("Auditeur")
