"""What of the compliance records has a date that people are reminded of."""

from django.utils.translation import gettext_lazy as _

from compliance.models import Evidence, Finding
from qualiforma.followup.reminders import NO_TEXT, SYSTEM_ACTOR, DueSource, register

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
            "chief": SYSTEM_ACTOR,
        },
        page="compliance_evidence",
    )
)
register(
    DueSource(
        name="FINDING",
        heading=_("Non-conformités à lever"),
        rows=Finding.objects.pending,
        columns={
            "id": "pk",
            "title": "text",
            "context": NO_TEXT,
            "due": "deadline",
            "owner": SYSTEM_ACTOR,
            "chief": SYSTEM_ACTOR,
        },
        # No page shows findings yet.
        page="",
        is_legal=True,
    )
)
