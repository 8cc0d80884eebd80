"""The platform's own pages: its staff, whose accounts are in a schema of their own."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext as _

from qualiforma.admin.job_pages import FAILED, job_urls, queue_figures, rows_of
from qualiforma.admin.policies import can_enter
from qualiforma.admin.site import MenuEntry, StaffSite
from qualiforma.jobs import services as jobs

JOBS_SHOWN = 10


class PlatformSite(StaffSite):
    """Registrations and jobs; no tenant's data."""

    index_template = "backoffice/platform.html"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [*job_urls(self), *super().get_urls()]

    def home_of(self, request: HttpRequest) -> dict[str, Any]:
        """Return the queue as operators see it: what failed, is parked, and still waits."""
        return {
            "figures": queue_figures(),
            "troubled": rows_of(jobs.list_jobs(states=FAILED, most=JOBS_SHOWN)),
            "waiting": rows_of(jobs.list_jobs(states=["waiting", "running"], most=JOBS_SHOWN)),
        }

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return what the side bar leads to; the queue is no model of Django's."""
        apps: list[Any] = super().get_app_list(request, app_label)
        if app_label is None:
            address = reverse("admin:jobs", current_app=self.name)
            entry = MenuEntry("jobs", _("Tâches"), "queue", can_enter)
            apps.append(
                {
                    "name": _("File des tâches"),
                    "app_label": "queue",
                    "app_url": address,
                    "has_module_perms": True,
                    "models": [entry.as_model(address)],
                }
            )
        return apps


site = PlatformSite(name="admin")
