"""What of the compliance records has a date that people are reminded of."""

from compliance.models import Evidence, Finding
from qualiforma.followup.reminders import DueKind, DueSource, register

register(
    DueSource(
        DueKind.EVIDENCE_EXPIRY,
        Evidence.objects.demonstrating,
        {"title": "title", "due": "valid_until", "owner": "owner_id"},
        "compliance_evidence",
    )
)
register(
    DueSource(
        DueKind.FINDING,
        Finding.objects.pending,
        {"title": "text", "due": "deadline"},
        "compliance_finding",
        is_legal=True,
    )
)
