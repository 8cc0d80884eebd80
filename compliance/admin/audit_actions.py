"""What is done to an audit on its pages: begun, filled in, compared, closed, deleted."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from compliance import services
from compliance.admin.audit_forms import JudgementForm, evidence_of_grid
from compliance.models import Audit, Evidence
from compliance.states import AuditStatus, JudgementChange
from qualiforma.admin.asking import Question, RecordPages
from qualiforma.admin.records import actor_of
from qualiforma.api.problems import page_status_of
from qualiforma.errors import InvalidFieldsError, RuleError
from qualiforma.qualiopi.grids import named

CHANGED = {
    JudgementChange.BETTER: "success",
    JudgementChange.SAME: "",
    JudgementChange.WORSE: "danger",
    JudgementChange.NOT_COMPARABLE: "",
}


class AuditActions(RecordPages):
    """Addresses below that of an audit."""

    def get_urls(self) -> list[URLPattern]:
        own = self.pages_below(
            grid=self.grid_view,
            compare=self.compare_view,
            start=self.start_view,
            close=self.close_view,
            remove=self.remove_view,
        )
        return [*own, *super().get_urls()]

    def start_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Begin the audit."""
        audit = self.record_of(request, object_id, writing=True)
        question = Question(
            title=_("Commencer l’audit"),
            consequence=_("Ses indicateurs peuvent ensuite être appréciés."),
            icon="play_arrow",
            done=_("L’audit a commencé."),
            run=lambda: services.start_audit(audit=audit, actor=actor_of(request)),
        )
        return self.ask(request, audit, question)

    def close_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close the audit for good."""
        audit = self.record_of(request, object_id, writing=True)
        question = Question(
            title=_("Clôturer l’audit"),
            consequence=_("L’audit et ses appréciations ne changeront plus."),
            icon="lock",
            done=_("L’audit est clôturé."),
            run=lambda: services.close_audit(audit=audit, actor=actor_of(request)),
        )
        return self.ask(request, audit, question)

    def remove_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Delete an audit that has not begun."""
        audit = self.record_of(request, object_id, writing=True)
        question = Question(
            title=_("Supprimer l’audit"),
            consequence=_("Possible tant que l’audit n’a pas commencé."),
            icon="delete",
            done=_("L’audit est supprimé."),
            run=lambda: services.delete_audit(audit=audit, actor=actor_of(request)),
            after=self.list_page(),
            is_grave=True,
        )
        return self.ask(request, audit, question)

    def grid_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the whole grid; a POST keeps all its rows, or none. Cost: three statements to show."""
        audit = self.record_of(request, object_id, writing=True)
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
                    return HttpResponseRedirect(self.page_of(audit))
            else:
                status = 400
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Grille d’audit"),
            "audit": audit,
            "rows": [(form, named(form.one.indicator, audit.audit_date)) for form in forms],
            "refused": refused,
            "back": self.page_of(audit),
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
        audit = self.record_of(request, object_id)
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
            "back": self.page_of(audit),
        }
        return TemplateResponse(request, "compliance/audit_compare.html", context)
