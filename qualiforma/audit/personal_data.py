"""What the audit trail holds about people: values, which an erasure blanks by itself."""

from qualiforma.audit.models import AuditEntry, AuditEvent, AuditLock
from qualiforma.personal_data_registry import exclude

exclude(
    *(AuditEvent, AuditEntry, AuditLock),
    because="the trail: values that name somebody are blanked by its own mechanism",
)
