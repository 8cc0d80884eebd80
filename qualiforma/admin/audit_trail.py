"""The audit trail's pages: read by ADMIN and AUDITOR, read-only."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.actor import Actor
from qualiforma.admin import platform
from qualiforma.admin.audit_check import KEY as CHECK
from qualiforma.admin.audit_check import begin_check
from qualiforma.admin.audit_export import FORMATS, ask, export
from qualiforma.admin.audit_list import AuditFilterForm
from qualiforma.admin.descriptions import history_entries, names_in, part
from qualiforma.admin.export_pages import progress_answer, to_page
from qualiforma.admin.history import seq_of
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.admin.site import site
from qualiforma.api.problems import page_status_of
from qualiforma.audit import chain, checking
from qualiforma.audit.descriptions import describe, noted
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.registry import root_model
from qualiforma.audit.sources import label_of
from qualiforma.endpoints.audit.policies import can_read_trail
from qualiforma.errors import RuleError
from qualiforma.exports import progress
from qualiforma.exports.services import DIRECT_ROWS
from qualiforma.provisioning import guard_checks

PER_PAGE = 50
# The list says how many entries it has up to that many; its pages show them all.
COUNTED = 10_000


def nobody(actor: Actor) -> bool:
    """Say no: the trail is written by the database alone."""
    return False


@admin.register(AuditEvent, site=site)
@admin.register(AuditEvent, site=platform.site)
class AuditAdmin(RecordAdmin):
    """The list with its filters, one entry, export and verification."""

    may_read = can_read_trail
    may_write = nobody
    actions: ClassVar = ()

    def get_urls(self) -> list[URLPattern]:
        """Add what is done with the whole."""
        views = {
            "export": ("export/<slug:kind>/", self.export_view),
            "verify": ("verify/", self.verify_view),
            "verify_state": ("verify/state/", self.check_state_view),
        }
        own = [
            path(route, self.admin_site.admin_view(view), name=f"audit_auditevent_{name}")
            for name, (route, view) in views.items()
        ]
        urls: list[URLPattern] = [*own, *super().get_urls()]
        return urls

    def require_reader(self, request: HttpRequest, *methods: str) -> None:
        """Errors: `PermissionDenied` for another role, or for a hand-made request."""
        if not self.has_view_permission(request) or request.method not in methods:
            raise PermissionDenied

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the entries that are meant, a page at a time. Cost: does not grow with the trail."""
        return self._list(request)

    def _list(self, request: HttpRequest, refusal: RuleError | None = None) -> HttpResponse:
        if refusal is None:
            self.require_reader(request, "GET", "HEAD")
        form = AuditFilterForm(request.GET)
        events = form.events()
        before = seq_of(request.GET.get("before", ""))
        page = list(events.filter(seq__lte=before)[: PER_PAGE + 1])
        description = [describe(event) for event in page[:PER_PAGE]]
        names = names_in(description)
        filters: dict[str, str] = {
            name: str(value) for name, value in request.GET.items() if name in form.fields and value
        }
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Journal d’audit"),
            "form": form,
            "filters": urlencode(filters),
            "rows": [(one, part(one, names), label_of(one.event.door)) for one in description],
            "older": page[PER_PAGE].seq if len(page) > PER_PAGE else None,
            "is_first": "before" not in request.GET,
            "count": events[: COUNTED + 1].count(),
            "most": COUNTED,
            "direct": DIRECT_ROWS,
            "refusal": refusal,
            **self._chain(),
        }
        status = 200 if refusal is None else page_status_of(refusal)
        return TemplateResponse(request, "backoffice/audit.html", context, status=status)

    @staticmethod
    def _chain() -> dict[str, Any]:
        seq, digest = chain.head()
        return {
            "head_seq": seq,
            "head_hash": digest,
            "outcome": checking.last_outcome(),
            "guards": guard_checks.last_outcome(),
            "running": progress.of(CHECK),
        }

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one entry whole, with what seals it."""
        self.require_reader(request, "GET", "HEAD")
        event = AuditEvent.objects.filter(pk=seq_of(object_id)).first()
        if event is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Entrée %s") % event.seq,
            "event": event,
            "actor": noted(event, "actor"),
            "history_entries": history_entries([event], whole=True),
            "record": self._record_page(request, event),
        }
        return TemplateResponse(request, "backoffice/audit_entry.html", context)

    def _record_page(self, request: HttpRequest, event: AuditEvent) -> str:
        """Return the address of the record that an entry is about, empty for one without a page.

        A login that failed may be nobody's.
        """
        model = root_model(event.object_type) if event.root_id else None
        if model is None or not self.admin_site.is_registered(model):
            return ""
        page = self.admin_site.get_model_admin(model)
        if not page.has_view_permission(request):
            return ""
        name = f"admin:{page.opts.app_label}_{page.opts.model_name}_change"
        return reverse(name, args=[quote(event.root_id)])

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """Hand out what the list shows, or have a worker make it when it is much. POST: it writes."""
        self.require_reader(request, "POST")
        form = AuditFilterForm(request.GET)
        if kind not in FORMATS:
            raise Http404
        if not form.is_valid():
            return HttpResponseRedirect(f"{_list_url()}?{request.GET.urlencode()}")
        events = form.events()
        wanted: dict[str, Any] = {
            "kind": kind,
            "filters": form.description(),
            "actor": actor_of(request),
        }
        try:
            if events[: DIRECT_ROWS + 1].count() > DIRECT_ROWS:
                return to_page(ask(events, **wanted))
            return export(events, **wanted)
        except RuleError as refusal:
            return self._list(request, refusal)

    def verify_view(self, request: HttpRequest) -> HttpResponse:
        """Check the chain; a long one by a worker, whose progress the list shows."""
        self.require_reader(request, "POST")
        reached = begin_check(actor=actor_of(request))
        if reached is None:
            messages.info(request, _("La vérification est en cours."))
        elif fault := reached.first_fault:
            messages.error(request, _("Le journal a été altéré à l’entrée %s.") % fault.seq)
        else:
            description = _("Le journal est intact jusqu’à l’entrée %s.") % reached.seq
            messages.success(request, description)
        return HttpResponseRedirect(_list_url())

    def check_state_view(self, request: HttpRequest) -> HttpResponse:
        """Say how far a check is, for the page's script."""
        self.require_reader(request, "GET")
        return progress_answer(CHECK)


def _list_url() -> str:
    return reverse("admin:audit_auditevent_changelist")
