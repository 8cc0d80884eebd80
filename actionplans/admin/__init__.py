"""Pages of action plans under `/admin/`."""

from actionplans.admin import actions, exports, places, plans

__all__ = ["actions", "exports", "places", "plans"]
