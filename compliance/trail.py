"""How this feature stands in the audit trail: its models, and what its actions are called."""

from django.utils.translation import gettext_lazy as _

from compliance.models import NeedsAnalysis
from qualiforma.audit import register, say

register(
    NeedsAnalysis,
    "needs_analysis",
    sensitive=["accessibility_needs"],
    skipped=["version"],
)

say("compliance.needs.created", _("%(actor)s a commencé une analyse des besoins"))
say("compliance.needs.changed", _("%(actor)s a modifié l’analyse des besoins"))
say("compliance.needs.completed", _("%(actor)s a validé l’analyse des besoins"))
say("compliance.demo.loaded", _("%(actor)s a chargé les données de démonstration"))
