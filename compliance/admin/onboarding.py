"""What a new organisation says of itself first."""

from django.utils.translation import gettext_lazy as _

from compliance.models import OrganisationProfile
from qualiforma.admin.onboarding import Step, steps

steps.append(
    Step(
        10,
        _("Décrire votre organisme"),
        _("Quelques réponses suffisent pour savoir quels indicateurs vous concernent."),
        lambda: OrganisationProfile.objects.exclude(categories=[]),
        "organisation",
    )
)
