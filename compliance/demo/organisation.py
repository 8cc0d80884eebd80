"""The demo organisations' profiles: certified a while ago. One awaits its surveillance audit, the other has had it.

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
# How long ago the sample organisation had its surveillance audit: a major finding of it is late by now.
SINCE_SURVEILLANCE = timedelta(days=110)
BEFORE_THE_END = timedelta(days=60)
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
    ends = months_after(certified, CYCLE_MONTHS) - timedelta(days=1)
    is_surveilled = slug == SAMPLE
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
            certified_until=ends,
            last_audit_on=(
                today - SINCE_SURVEILLANCE if is_surveilled else certified - timedelta(days=30)
            ),
            next_audit_kind=AuditKind.RENEWAL if is_surveilled else AuditKind.SURVEILLANCE,
            next_audit_on=ends - BEFORE_THE_END if is_surveilled else today + UNTIL_AUDIT,
            public_complaints=slug == SAMPLE,
            version=1,
        )
