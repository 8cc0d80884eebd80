"""The first entry of the register."""

from django.utils.translation import gettext_lazy as _

from improvements.models import Complaint
from qualiforma.admin.onboarding import Step, steps

steps.append(
    Step(
        60,
        _("Noter une première réclamation"),
        _("Ou une difficulté : l’auditeur regarde comment vous y avez répondu."),
        Complaint.objects.all,
        "improvements_complaint_add",
    )
)
