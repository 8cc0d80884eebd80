"""The platform's own pages: its staff, whose accounts are in a schema of their own."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from qualiforma.accounts import policies
from qualiforma.jobs import services as jobs
from qualiforma.staff.records import RecordAdmin, RecordForm
from qualiforma.staff.site import StaffSite
from qualiforma.tenants.context import open_platform
from qualiforma.tenants.jobs import request_status, request_tenant
from qualiforma.tenants.models import Tenant, TenantStatus

JOBS_SHOWN = 50
BADGES = {
    TenantStatus.PROVISIONING: "info",
    TenantStatus.ACTIVE: "success",
    TenantStatus.SUSPENDED: "warning",
    TenantStatus.DELETING: "danger",
}


class PlatformSite(StaffSite):
    """Registrations and jobs; no tenant's data."""

    index_template = "staff/platform.html"

    def home_of(self, request: HttpRequest) -> dict[str, Any]:
        """Return the queue as operators see it: what failed, is parked, and still waits."""
        return {
            "troubled_jobs": jobs.list_jobs(states=["failed", "parked"], most=JOBS_SHOWN),
            "waiting_jobs": jobs.list_jobs(states=["waiting", "running"], most=JOBS_SHOWN),
        }


site = PlatformSite(name="admin")


class TenantForm(RecordForm):
    """A registration to be asked for."""

    domain = forms.CharField(label=_("Domaine"), required=False, max_length=253)

    class Meta:
        model = Tenant
        fields = ("name", "slug")


@admin.register(Tenant, site=site)
class TenantAdmin(RecordAdmin):
    """Registrations: read here, changed by jobs of the owner's, which alone may."""

    may_read = policies.can_read_users
    may_write = policies.can_manage_users
    form = TenantForm
    list_display = ("name", "slug", "state", "domains_of", "created_at")
    list_filter = ("status",)
    actions = ("suspend_each", "resume_each")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Newest first, with their host names."""
        return Tenant.objects.prefetch_related("domains")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first, ties by id."""
        return ("-created_at", "-id")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for less than what is shown."""
        shown = ("name", "slug", "status", "plan", "storage_prefix", "created_at")
        return ((None, {"fields": shown if obj else ("name", "slug", "domain")}),)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never in a form: see the list's actions."""
        return False

    @display(description=_("État"), ordering="status", label=BADGES)
    def state(self, tenant: Tenant) -> tuple[str, Any]:
        """Return where the registration stands."""
        return tenant.status, TenantStatus(tenant.status).label

    @display(description=_("Domaines"))
    def domains_of(self, tenant: Tenant) -> str:
        """Return the host names that lead to it."""
        return ", ".join(sorted(str(one.domain) for one in tenant.domains.all()))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Ask the worker, which has the owner's rights, to create it."""
        given = form.cleaned_data
        try:
            request_tenant(slug=given["slug"], name=given["name"], domain=given["domain"])
        finally:
            open_platform()  # where the session is; asking has left it

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is nothing yet that anything could belong to."""

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Say that it was asked for; it is not there yet."""
        told = _("La création de « %s » est demandée ; elle apparaîtra dans la liste.") % obj.name
        messages.success(request, told)
        return HttpResponseRedirect(reverse("admin:tenants_tenant_changelist"))

    @admin.action(description=_("Suspendre"), permissions=["write"])
    def suspend_each(self, request: HttpRequest, tenants: Any) -> None:
        """Ask for each to be closed."""
        self._ask(request, tenants, TenantStatus.SUSPENDED)

    @admin.action(description=_("Rouvrir"), permissions=["write"])
    def resume_each(self, request: HttpRequest, tenants: Any) -> None:
        """Ask for each to be opened again."""
        self._ask(request, tenants, TenantStatus.ACTIVE)

    def _ask(self, request: HttpRequest, tenants: Any, status: TenantStatus) -> None:
        rows = list(tenants)
        try:
            self.move_each(
                request, rows, lambda tenant: request_status(name=tenant.pk, status=status)
            )
        finally:
            open_platform()
        messages.info(request, _("Demandé ; l’effet suit en quelques secondes."))
