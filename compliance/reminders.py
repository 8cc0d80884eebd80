"""What of the compliance records has a date that people are reminded of."""

from django.utils.translation import gettext_lazy as _

from compliance.models import Evidence
from qualiforma.followup.reminders import NO_TEXT, NOBODY, DueSource, register

register(
    DueSource(
        name="EVIDENCE_EXPIRY",
        heading=_("Preuves à renouveler"),
        rows=Evidence.objects.demonstrating,
        columns={
            "id": "pk",
            "title": "title",
            "context": NO_TEXT,
            "due": "valid_until",
            "owner": "owner_id",
            "chief": NOBODY,
        },
        page="compliance_evidence",
    )
)
