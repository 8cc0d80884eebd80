"""The platform's own pages: its staff, whose accounts are in a schema of their own."""

from typing import Any

from django.http import HttpRequest

from qualiforma.staff.site import StaffSite


class PlatformSite(StaffSite):
    """Registrations and jobs; no tenant's data."""

    index_template = "staff/platform.html"

    def home_of(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing of a register: the platform keeps none."""
        return {}


site = PlatformSite(name="admin")
