"""The pages beside an organisation's own: what is being done to it, and what may be asked of it."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from qualiforma.admin.asking import DONE, submit
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.admin.requests import cause_of
from qualiforma.admin.tenant_actions import TENANT_ACTIONS, HeldDomainForm, TenantAction
from qualiforma.jobs import services as jobs
from qualiforma.provisioning.jobs import provision
from qualiforma.tenants.context import WHOLE
from qualiforma.tenants.models import Tenant

_Base: Any = RecordAdmin if TYPE_CHECKING else object


class TenantViews(_Base):
    """Views protected by the site's login; users who may only read see no buttons, and their POSTs are refused."""

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
        return TemplateResponse(request, "backoffice/requests.html", self.requests_of(request))

    def live_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer with one organisation's changing part alone."""
        tenant = self.record_of(request, object_id)
        return TemplateResponse(
            request, "backoffice/tenant_live.html", self.whole_of(request, tenant)
        )

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
            return TemplateResponse(request, "backoffice/request_live.html", context)
        title = _("Création de « %s »") % slug
        shell = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, "backoffice/request.html", {**shell, **context})

    def ask_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Explain one change of one organisation on GET, ask for it on POST."""
        self.require_write(request)
        tenant, ask = self.record_of(request, object_id), TENANT_ACTIONS.get(name)
        if ask is None:
            raise Http404
        posted = request.POST if request.method == "POST" else None
        form = ask.form(posted, initial={"domain": request.GET.get("domain", "")})
        status = submit(
            form, transaction.atomic(lambda: ask.run(tenant, form.cleaned_data, actor_of(request)))
        )
        if status == DONE:
            messages.info(request, _("Demande envoyée ; comptez quelques secondes."))
            return HttpResponseRedirect(self.page_of(tenant))
        return self._ask_page(request, tenant, ask, form, status)

    def _ask_page(
        self, request: HttpRequest, tenant: Tenant, ask: TenantAction, form: Any, status: int
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": ask.label,
            "tenant": tenant,
            "address": self.page_of(tenant),
            "ask": ask,
            "domain": form["domain"].value() if ask.form is HeldDomainForm else "",
            "form": form,
        }
        return TemplateResponse(request, "backoffice/tenant_ask.html", context, status=status)
