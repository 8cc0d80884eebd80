"""What workers do for pages."""

from qualiforma.admin.audit_check import check_chain

__all__ = ["check_chain"]
