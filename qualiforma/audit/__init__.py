"""The audit trail: who changed what, when and by which interface, in an order that cannot be rewritten.

Rows are written by the database's triggers, whatever wrote the change; services say what it means
with `action` or `recorded`, and `enter` notes what changes no row. Source: platform notes.
"""

from qualiforma.audit.context import action, audited, log_event, rename
from qualiforma.audit.registry import describe_action, exclude, register

__all__ = ["action", "audited", "describe_action", "exclude", "log_event", "register", "rename"]
