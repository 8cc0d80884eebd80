"""Organisations on the platform's pages: read here, changed by jobs of the owner's, which alone may."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from qualiforma.accounts import policies
from qualiforma.admin.platform import site
from qualiforma.admin.records import RecordAdmin, RecordForm, actor_of
from qualiforma.admin.requests import open_requests
from qualiforma.admin.tenant_actions import TENANT_ACTIONS
from qualiforma.admin.tenant_views import TenantViews
from qualiforma.provisioning.jobs import request_tenant
from qualiforma.search import matching
from qualiforma.tenants.context import WHOLE
from qualiforma.tenants.models import Domain, Tenant, TenantStatus

BADGES = {
    TenantStatus.PROVISIONING: "info",
    TenantStatus.ACTIVE: "success",
    TenantStatus.SUSPENDED: "warning",
    TenantStatus.DELETING: "danger",
}


class TenantForm(RecordForm):
    """A registration to be asked for."""

    domain = forms.CharField(
        label=_("Domaine"),
        required=False,
        max_length=253,
        help_text=_("Facultatif. Si vide : le nom court suivi de .localhost."),
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = Tenant
        fields = ("name", "slug")
        labels: ClassVar = {
            "slug": _("Nom court"),
            "storage_prefix": _("Dossier des fichiers"),
            "created_at": _("Créé le"),
        }


@admin.register(Tenant, site=site)
class TenantAdmin(TenantViews, RecordAdmin):
    """Registrations."""

    may_read = policies.can_read_users
    may_write = policies.can_manage_users
    form = TenantForm
    empty_text = _(
        "Les organismes de formation seront listés ici. Créez le premier, puis invitez "
        "son responsable qualité."
    )
    list_display = ("name", "short_name", "state", "domains_of", "made_at")
    list_filter = ("status",)
    search_fields = ("name", "slug")
    search_help_text = _("Nom, nom court ou domaine")
    list_before_template = "backoffice/tenants_before.html"
    change_form_outer_before_template = "backoffice/tenant_before.html"

    class Media:
        js = ("backoffice/live.js",)

    # --- Reading
    def get_queryset(self, request: HttpRequest) -> Any:
        """Each with its host names, in one more query."""
        return Tenant.objects.prefetch_related("domains")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first, ties by id."""
        return ("-created_at", "-id")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """By a host name too, without naming an organisation twice."""
        named = matching(Tenant.objects.all(), search_term, *self.search_fields)
        hosts = matching(Domain.objects.all(), search_term, "domain")
        found = Q(pk__in=named.values("pk")) | Q(pk__in=hosts.values("tenant_id"))
        return queryset.filter(found) if search_term else queryset, False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for less than what is shown."""
        shown = ("name", "slug", "plan", "storage_prefix", "created_at")
        return ((None, {"fields": shown if obj else ("name", "slug", "domain")}),)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never in a form: see `ASKS`."""
        return False

    @display(description=_("État"), ordering="status", label=BADGES)
    def state(self, tenant: Tenant) -> tuple[str, Any]:
        """Return the state of the registration."""
        return tenant.status, TenantStatus(tenant.status).label

    @display(description=_("Nom court"), ordering="slug")
    def short_name(self, tenant: Tenant) -> str:
        """Return what clients send."""
        return str(tenant.slug)

    @display(description=_("Créé le"), ordering="created_at")
    def made_at(self, tenant: Tenant) -> Any:
        """Return when its registration was made."""
        return tenant.created_at

    @display(description=_("Domaines"))
    def domains_of(self, tenant: Tenant) -> str:
        """Return the host names that lead to it."""
        return ", ".join(sorted(str(one.domain) for one in tenant.domains.all()))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what is being done above the list."""
        context = {**(extra_context or {}), **self.requests_of(request)}
        page: HttpResponse = super().changelist_view(request, context)
        return page

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the whole organisation, what is being done to it included."""
        tenant = self.read_once(request, object_id) if object_id else None
        whole = self.whole_of(request, tenant) if tenant else {}
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), **whole}
        )

    def requests_of(self, request: HttpRequest, tenant: Tenant | None = None) -> dict[str, Any]:
        """Return what is asked for and not done, of one organisation or of all."""
        found = open_requests(tenant)
        return {
            "requests": found,
            "is_pending": any(not one.has_failed for one in found),
            "may_act": self.has_write_permission(request),
        }

    def whole_of(self, request: HttpRequest, tenant: Tenant) -> dict[str, Any]:
        """Return what the page of an organisation shows around its fields."""
        may_write = self.has_write_permission(request) and tenant.status in WHOLE
        return {
            **self.requests_of(request, tenant),
            "tenant": tenant,
            "subtitle": None,
            "badge": BADGES[TenantStatus(tenant.status)],
            "domains": tenant.domains.order_by("-is_primary", "domain"),
            "asks": [
                one for one in TENANT_ACTIONS.values() if may_write and one.status == tenant.status
            ],
            "may_ask": may_write,
        }

    # --- Asking
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Ask the worker, which has the owner's rights, to create it."""
        given = form.cleaned_data
        obj.asked_as = request_tenant(
            slug=given["slug"],
            name=given["name"],
            domain=given["domain"],
            actor=actor_of(request),
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is nothing yet that anything could belong to."""

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Say that it was asked for, and show how it comes along."""
        messages.success(request, _("La création de « %s » est demandée.") % obj.name)
        address = reverse("admin:tenants_tenant_request", args=[obj.asked_as, obj.slug])
        return HttpResponseRedirect(address)
