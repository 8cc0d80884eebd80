"""What is done to an audit on its pages: begun, filled in, compared, closed, deleted."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from compliance import services
from compliance.admin.asking import Question, ask
from compliance.admin.audit_forms import JudgementForm, NothingForm, evidence_of_grid
from compliance.models import Audit, Evidence
from compliance.states import AuditStatus, JudgementChange
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.api.problems import page_status_of
from qualiforma.errors import InvalidFieldsError, RuleError
from qualiforma.qualiopi.grids import named

_Base: Any = RecordAdmin if TYPE_CHECKING else object
CHANGED = {
    JudgementChange.BETTER: "success",
    JudgementChange.SAME: "",
    JudgementChange.WORSE: "danger",
    JudgementChange.NOT_COMPARABLE: "",
}


def page_of(audit: Audit) -> str:
    """Return the address of an audit's page."""
    return reverse("admin:compliance_audit_change", args=[quote(audit.pk)])


class AuditActions(_Base):
    """Addresses below that of an audit."""

    def get_urls(self) -> list[URLPattern]:
        views = {
            "grid": self.grid_view,
            "compare": self.compare_view,
            "start": self.start_view,
            "close": self.close_view,
            "remove": self.remove_view,
        }
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"compliance_audit_{name}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def start_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Begin the audit."""
        audit = self._found(request, object_id, writing=True)
        return self._asked(
            request,
            audit,
            (_("Commencer l’audit"), "play_arrow", _("L’audit a commencé.")),
            _("Ses indicateurs peuvent ensuite être appréciés."),
            services.start_audit,
        )

    def close_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close the audit for good."""
        audit = self._found(request, object_id, writing=True)
        return self._asked(
            request,
            audit,
            (_("Clôturer l’audit"), "lock", _("L’audit est clôturé.")),
            _("L’audit et ses appréciations ne changeront plus."),
            services.close_audit,
        )

    def remove_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Delete an audit that has not begun."""
        audit = self._found(request, object_id, writing=True)
        return self._asked(
            request,
            audit,
            (_("Supprimer l’audit"), "delete", _("L’audit est supprimé.")),
            _("Possible tant que l’audit n’a pas commencé."),
            services.delete_audit,
            reverse("admin:compliance_audit_changelist"),
        )

    def grid_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the whole grid; a POST keeps all its rows, or none. Cost: three statements to show."""
        audit = self._found(request, object_id, writing=True)
        forms, status, refused = self._grid(request, audit), 200, ""
        if request.method == "POST":
            if not any(form.errors for form in forms):
                try:
                    self._judge(request, audit, forms)
                except RuleError as refusal:
                    status, refused = page_status_of(refusal), str(refusal.detail)
                    if isinstance(refusal, InvalidFieldsError):
                        refused = " ".join(str(one.detail) for one in refusal.errors)
                else:
                    messages.success(request, str(_("Les appréciations sont enregistrées.")))
                    return HttpResponseRedirect(page_of(audit))
            else:
                status = 400
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Grille d’audit"),
            "audit": audit,
            "rows": [(form, named(form.one.indicator, audit.audit_date)) for form in forms],
            "refused": refused,
            "back": page_of(audit),
            "may_judge": audit.status == AuditStatus.IN_PROGRESS,
        }
        return TemplateResponse(request, "compliance/audit_grid.html", context, status=status)

    def _grid(self, request: HttpRequest, audit: Audit) -> list[JudgementForm]:
        rows = list(audit.judgements.all())
        for one in rows:
            one.audit = audit  # read already
        evidence = evidence_of_grid(rows, Evidence.objects.visible_to(actor_of(request)))
        data = request.POST if request.method == "POST" else None
        return [JudgementForm(one, evidence[one.indicator], data=data) for one in rows]

    def _judge(self, request: HttpRequest, audit: Audit, forms: list[JudgementForm]) -> None:
        expected_version = request.POST.get("expected_version", "")
        with transaction.atomic():
            services.judge_indicators(
                audit=audit,
                judgements=[form.item() for form in forms],
                actor=actor_of(request),
                expected_versions=(int(expected_version),)
                if expected_version.isdecimal() and len(expected_version) < 10
                else None,
            )

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the audit beside a closed one before it. Cost: four statements."""
        audit = self._found(request, object_id)
        earlier = list(Audit.objects.closed_before(audit))
        wanted = request.GET.get("with", "")
        chosen = next((one for one in earlier if one.pk == wanted), earlier[0] if earlier else None)
        found = services.compare_audit(audit=audit, previous=chosen)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Comparaison de deux audits"),
            "audit": audit,
            "previous": found.previous,
            "earlier": earlier,
            "rows": [
                (one, named(one.indicator, audit.audit_date), CHANGED[one.change])
                for one in found.rows
            ],
            "back": page_of(audit),
        }
        return TemplateResponse(request, "compliance/audit_compare.html", context)

    def _found(self, request: HttpRequest, object_id: str, *, writing: bool = False) -> Audit:
        found: Audit | None = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        if writing:
            self.require_write(request)
        return found

    def _asked(
        self,
        request: HttpRequest,
        audit: Audit,
        words: tuple[Any, str, Any],
        consequence: Any,
        service: Any,
        back: str = "",
    ) -> HttpResponse:
        title, icon, done = words
        form = NothingForm(request.POST if request.method == "POST" else None)
        actor = actor_of(request)
        question = Question(
            title, consequence, icon, done, form, lambda: service(audit=audit, actor=actor)
        )
        return ask(request, self, audit, back or page_of(audit), question)
