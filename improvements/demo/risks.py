"""Risks of the demo organisations, and the review of this year. Days count from the loading."""

from datetime import timedelta

from django.utils import timezone

from improvements.models import Risk, RiskReview
from improvements.services.risks import assessment_of
from improvements.states import RiskStatus, RiskTreatment
from qualiforma import audit
from qualiforma.qualiopi.cycle import months_after

OWNER = "usr_admin01"
# Id, title, likelihood, severity, treatment, measures, indicators, status, days since its review.
RISKS = (
    (
        *("rsk_8f3b21", "Formateur unique pour les sessions Excel", 3, 3, RiskTreatment.REDUCE),
        "Former un second intervenant avant l’été.",
        *([18, 32], RiskStatus.OPEN, 120),
    ),
    (
        *("rsk_financement", "Un financeur représente 60 % des inscriptions", 2, 4),
        *(RiskTreatment.REDUCE, "Deux nouvelles conventions en négociation."),
        *([32], RiskStatus.OPEN, 120),
    ),
    (
        *("rsk_plateforme", "Panne de la plateforme en cours de parcours", 2, 3),
        *(RiskTreatment.TRANSFER, "Contrat d’infogérance avec délai de reprise de 4 h."),
        *([19, 32], RiskStatus.CONTROLLED, 120),
    ),
    (
        *("rsk_locaux", "Accessibilité de la salle 3", 3, 2, RiskTreatment.AVOID),
        "Sessions déplacées au rez-de-chaussée.",
        *([17, 26], RiskStatus.CONTROLLED, 120),
    ),
    (
        *("rsk_veille", "Évolution du référentiel non suivie", 1, 3, RiskTreatment.ACCEPT),
        "Veille mensuelle.",
        *([23], RiskStatus.OPEN, 380),
    ),
)
REVIEW = "rrv_8f3b21"
REVIEWED_DAYS_AGO = 120


def load() -> None:
    """Fill the open tenant. Nothing happens when there are risks already."""
    if Risk.objects.exists():
        return
    today = timezone.localdate()
    with audit.action("improvements.demo.loaded"):
        for key, title, likelihood, severity, treatment, measures, numbers, status, days in RISKS:
            reviewed_on = today - timedelta(days=days)
            Risk.objects.create(
                id=key,
                title=title,
                likelihood=likelihood,
                severity=severity,
                treatment=treatment,
                measures=measures,
                indicators=numbers,
                owner_id=OWNER,
                status=status,
                reviewed_on=reviewed_on,
                next_review_on=months_after(reviewed_on, 12),
            )
        reviewed_on = today - timedelta(days=REVIEWED_DAYS_AGO)
        reviewed = Risk.objects.filter(reviewed_on=reviewed_on).order_by("-level", "pk")
        RiskReview.objects.create(
            id=REVIEW,
            reviewed_on=reviewed_on,
            participants="Direction, responsable qualité, un formateur",
            decisions="Second intervenant Excel à former ; conventions à signer avant l’été.",
            assessments=[assessment_of(one) for one in reviewed],
            created_by_id=OWNER,
        )
