"""What workers do for pages."""

from qualiforma.staff.audit_check import check_chain

__all__ = ["check_chain"]
