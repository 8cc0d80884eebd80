"""Audits as pages: the list, one audit, its grid filled on one page, the comparison with another."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from compliance import policies, services
from compliance.admin.audit_actions import AuditActions
from compliance.admin.audit_forms import AUDIT_FIELDS, AuditForm
from compliance.models import Audit, Evidence
from compliance.querysets import AuditQuerySet
from compliance.states import NON_CONFORMITIES, AuditStatus, Judgement
from qualiforma.admin.downloads import Column, Downloads
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.qualiopi.grids import named
from qualiforma.training.admin.base import TrainingAdmin

BADGES = {
    AuditStatus.PLANNED: "info",
    AuditStatus.IN_PROGRESS: "warning",
    AuditStatus.CLOSED: "success",
}
JUDGED = {
    Judgement.NOT_JUDGED: "",
    Judgement.SATISFACTORY: "success",
    Judgement.MINOR: "warning",
    Judgement.MAJOR: "danger",
    Judgement.NOT_APPLICABLE: "",
}
AUDIT_COLUMNS = (
    Column(_("Date de l’audit"), 16, lambda one: one.audit_date),
    Column(_("Nature"), 26, lambda one: str(one.get_kind_display())),
    Column(_("Auditeur"), 30, lambda one: one.auditor),
    Column(_("Référentiel"), 14, lambda one: one.grid.code.value),
    Column(_("Statut"), 14, lambda one: str(one.get_status_display())),
    Column(_("Indicateurs examinés"), 20, lambda one: ", ".join(map(str, one.scope))),
    Column(_("Indicateurs appréciés"), 20, lambda one: one.judged_count),
    Column(_("Mineures"), 10, lambda one: one.minor_count),
    Column(_("Majeures"), 10, lambda one: one.major_count),
    Column(_("Clôturé le"), 19, lambda one: one.closed_at),
    Column(_("Identifiant"), 30, lambda one: one.pk),
)


@admin.register(Audit, site=site)
class AuditAdmin(AuditActions, Downloads, TrainingAdmin):
    may_read = policies.can_read_audits
    may_write = policies.can_manage_audits
    form = AuditForm
    order = ("-audit_date", "-id")
    shown = AUDIT_FIELDS
    empty_text = _(
        "Vos audits, internes ou du certificateur, seront listés ici avec leurs constats. "
        "Prévoyez le prochain."
    )
    list_display = ("day", "kind", "auditor", "progress", "faults", "state")
    list_display_links = ("day", "kind")
    list_filter = ("kind", "status")
    list_filter_submit = False
    change_form_outer_before_template = "compliance/audit_before.html"
    change_form_outer_after_template = "compliance/audit_after.html"
    download_columns = AUDIT_COLUMNS

    def get_queryset(self, request: HttpRequest) -> AuditQuerySet:
        rows: AuditQuerySet = Audit.objects.visible_to(actor_of(request))
        return rows.with_counts().newest_first()

    @display(description=_("Date"), ordering="audit_date")
    def day(self, audit: Audit) -> str:
        return date_format(audit.audit_date, "SHORT_DATE_FORMAT")

    @display(description=_("Appréciés"))
    def progress(self, audit: Any) -> str:
        return f"{audit.judged_count} / {len(audit.scope)}"

    @display(description=_("Non-conformités"))
    def faults(self, audit: Any) -> str:
        counts = {"minor": audit.minor_count, "major": audit.major_count}
        return str(_("majeures : %(major)s, mineures : %(minor)s") % counts)

    @display(
        description=_("Statut"),
        ordering="status",
        label={one.label: badge for one, badge in BADGES.items()},
    )
    def state(self, audit: Audit) -> Any:
        return AuditStatus(audit.status).label

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_open = obj is None or obj.status != AuditStatus.CLOSED
        return is_open and self.has_write_permission(request)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return ((None, {"fields": AUDIT_FIELDS[:-1]}),)
        return super().get_fieldsets(request, obj)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return the judgements and the findings of the audit. Cost: three statements."""
        judged = [
            (one, named(one.indicator, row.audit_date), JUDGED[Judgement(one.judgement)])
            for one in row.judgements.all()
        ]
        entered = reverse("admin:compliance_finding_add")
        titles = Evidence.objects.visible_to(actor_of(request)).filter(
            pk__in=[key for one, *_rest in judged for key in one.evidence_ids]
        )
        return {
            **super().page_context(request, row),
            "audit": row,
            "badge": BADGES[AuditStatus(row.status)],
            "judged": [
                (
                    one,
                    name,
                    badge,
                    f"{entered}?audit={row.pk}&indicator={one.indicator}&severity={one.judgement}"
                    if one.judgement in NON_CONFORMITIES
                    else "",
                )
                for one, name, badge in judged
            ],
            "evidence": {one.pk: one for one in titles},
            "findings": row.findings.order_by("indicator", "pk"),
        }

    # --- Writing
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            services.change_audit(
                audit=obj,
                changes=form.given(*AUDIT_FIELDS),
                actor=actor,
                expected_versions=form.expected_versions,
            )
            return
        obj.pk = services.plan_audit(draft=form.draft(), actor=actor).pk
