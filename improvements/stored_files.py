"""The files of improvement plans and complaints."""

from improvements.models import ClosingReport, ComplaintAttachment, PlanAttachment
from qualiforma.stored_files.registry import register

register(PlanAttachment, "improvements")
register(ComplaintAttachment, "improvements")
register(
    ClosingReport,
    "improvements",
    key="attachment_s3_key",
    size="attachment_size",
    sha256="attachment_sha256",
)
