"""Organisations on the platform's pages: read here, changed by jobs of the owner's, which alone may."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from qualiforma.accounts import policies
from qualiforma.api.problems import status_of
from qualiforma.errors import RuleError
from qualiforma.jobs import services as jobs
from qualiforma.search import matching
from qualiforma.staff.platform import site
from qualiforma.staff.records import RecordAdmin, RecordForm, actor_of
from qualiforma.staff.refusals import place_refusal
from qualiforma.staff.requests import cause_of, open_requests
from qualiforma.staff.tenant_asks import ASKS, Ask, HeldDomainForm
from qualiforma.tenants.context import WHOLE
from qualiforma.tenants.jobs import provision, request_tenant
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
        help_text=_("Facultatif ; sans lui, le nom court suivi de .localhost."),
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
class TenantAdmin(RecordAdmin):
    """Registrations."""

    may_read = policies.can_read_users
    may_write = policies.can_manage_users
    form = TenantForm
    list_display = ("name", "short_name", "state", "domains_of", "made_at")
    list_filter = ("status",)
    search_fields = ("name", "slug")
    search_help_text = _("Nom, nom court ou domaine")
    list_before_template = "staff/tenants_before.html"
    change_form_outer_before_template = "staff/tenant_before.html"

    class Media:
        js = ("staff/live.js",)

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
        """Return where the registration stands."""
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
        context = {**(extra_context or {}), **self._requests(request)}
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
        tenant = self.get_object(request, unquote(object_id)) if object_id else None
        whole = self._whole(request, tenant) if tenant else {}
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), **whole}
        )

    def _requests(self, request: HttpRequest, tenant: Tenant | None = None) -> dict[str, Any]:
        found = open_requests(tenant)
        return {
            "requests": found,
            "is_pending": any(not one.has_failed for one in found),
            "may_act": self.has_write_permission(request),
        }

    def _whole(self, request: HttpRequest, tenant: Tenant) -> dict[str, Any]:
        may_write = self.has_write_permission(request) and tenant.status in WHOLE
        return {
            **self._requests(request, tenant),
            "tenant": tenant,
            "subtitle": None,
            "badge": BADGES[TenantStatus(tenant.status)],
            "domains": tenant.domains.order_by("-is_primary", "domain"),
            "asks": [one for one in ASKS.values() if may_write and one.status == tenant.status],
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

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "tenants_tenant"
        number = "requests/<int:number>/<slug:slug>/"
        return [
            path("requests/", wrap(self.requests_view), name=f"{name}_requests"),
            path(number, wrap(self.request_view), name=f"{name}_request"),
            path("<path:object_id>/live/", wrap(self.live_view), name=f"{name}_live"),
            path("<path:object_id>/ask/<slug:name>/", wrap(self.ask_view), name=f"{name}_ask"),
            *super().get_urls(),
        ]

    def requests_view(self, request: HttpRequest) -> HttpResponse:
        """Answer with the list's changing part alone, for its script."""
        return TemplateResponse(request, "staff/requests.html", self._requests(request))

    def live_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer with one organisation's changing part alone."""
        tenant = self._found(request, object_id)
        return TemplateResponse(request, "staff/tenant_live.html", self._whole(request, tenant))

    def request_view(self, request: HttpRequest, number: int, slug: str) -> HttpResponse:
        """Show how a creation comes along: the page, or its changing part alone."""
        job = jobs.find_job(number) if number < 2**63 else None
        if job is not None and job.name != provision.name:
            raise Http404
        tenant = Tenant.objects.filter(slug=slug).first()
        is_made = tenant is not None and tenant.status in WHOLE
        state = job.state if job else ("done" if is_made else "gone")
        context = {
            "slug": slug,
            "number": number,
            "made": tenant if state == "done" else None,
            "state": state,
            "job": job,
            "cause": cause_of(job.error) if job else "",
            "is_pending": state in {"waiting", "running"},
            "may_act": self.has_write_permission(request),
        }
        if "live" in request.GET:
            return TemplateResponse(request, "staff/request_live.html", context)
        title = _("Création de « %s »") % slug
        shell = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, "staff/request.html", {**shell, **context})

    def ask_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Explain one change of one organisation on GET, ask for it on POST."""
        self.require_write(request)
        tenant, ask = self._found(request, object_id), ASKS.get(name)
        if ask is None:
            raise Http404
        posted = request.POST if request.method == "POST" else None
        form = ask.form(posted, initial={"domain": request.GET.get("domain", "")})
        status = 200
        if form.is_valid():
            try:
                with transaction.atomic():
                    ask.run(tenant, form.cleaned_data, actor_of(request))
            except RuleError as refusal:
                place_refusal(form, refusal)
                status = status_of(refusal)
            else:
                messages.info(request, _("Demandé ; l’effet suit en quelques secondes."))
                return HttpResponseRedirect(self._address(tenant))
        return self._ask_page(request, tenant, ask, form, status)

    def _ask_page(
        self, request: HttpRequest, tenant: Tenant, ask: Ask, form: Any, status: int
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": ask.label,
            "tenant": tenant,
            "address": self._address(tenant),
            "ask": ask,
            "domain": form["domain"].value() if ask.form is HeldDomainForm else "",
            "form": form,
        }
        return TemplateResponse(request, "staff/tenant_ask.html", context, status=status)

    def _found(self, request: HttpRequest, object_id: str) -> Tenant:
        tenant: Tenant | None = self.get_object(request, unquote(object_id))
        if tenant is None:
            raise Http404
        return tenant

    @staticmethod
    def _address(tenant: Tenant) -> str:
        return reverse("admin:tenants_tenant_change", args=[tenant.pk])
