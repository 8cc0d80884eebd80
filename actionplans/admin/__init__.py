"""Pages of action plans under `/admin/`."""

from actionplans.admin import actions, places, plans

__all__ = ["actions", "places", "plans"]
