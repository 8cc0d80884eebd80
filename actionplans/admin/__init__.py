"""Pages of action plans under `/admin/`."""

from actionplans.admin import actions, areas, exports, plans

__all__ = ["actions", "areas", "exports", "plans"]
