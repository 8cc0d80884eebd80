"""The demo organisations' profiles: certified a while ago, with a surveillance audit to come.

Days are counted from the one on which the demo is loaded.
"""

from datetime import timedelta

from django.utils import timezone

from compliance.models import OrganisationProfile
from qualiforma import audit
from qualiforma.qualiopi.cycle import CYCLE_MONTHS, months_after
from qualiforma.qualiopi.states import AuditKind, Category, Condition

MONTHS_CERTIFIED = 18
UNTIL_AUDIT = timedelta(days=45)
SAMPLE = "qualiforma-demo"
# The sample organisation prepares for certifications, the other is an ordinary one.
CONDITIONS = (Condition.CERTIFYING, Condition.OVER_TWO_DAYS)
ADDRESSES = {
    SAMPLE: "12 rue de Siam\n29200 Brest",
    "votre-tenant": "3 quai des Queyries\n33100 Bordeaux",
}
REPRESENTATIVES = {SAMPLE: "Anne Le Goff, directrice", "votre-tenant": "Marc Dupouy, gérant"}
NUMBERS = {SAMPLE: "11755432175", "votre-tenant": "53351234535"}


def load(slug: str) -> None:
    """Fill the open tenant. Nothing happens when it has a profile already."""
    if OrganisationProfile.objects.exists():
        return
    today = timezone.localdate()
    certified = months_after(today, -MONTHS_CERTIFIED)
    with audit.action("compliance.demo.loaded"):
        OrganisationProfile.objects.create(
            categories=[Category.AF],
            conditions=[one.value for one in CONDITIONS if slug == SAMPLE],
            activity_number=NUMBERS.get(slug, ""),
            address=ADDRESSES.get(slug, ""),
            representative=REPRESENTATIVES.get(slug, ""),
            certifier="Certification Exemple",
            certificate_number=f"{certified.year}-0412",
            first_certified_on=certified,
            certified_until=months_after(certified, CYCLE_MONTHS) - timedelta(days=1),
            last_audit_on=certified - timedelta(days=30),
            next_audit_kind=AuditKind.SURVEILLANCE,
            next_audit_on=today + UNTIL_AUDIT,
            public_complaints=slug == SAMPLE,
            version=1,
        )
