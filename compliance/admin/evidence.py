"""The evidence register as pages: its list by indicator, one piece of evidence, what is done to it."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.forms import Media
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from compliance import policies, services
from compliance.admin.evidence_actions import EvidenceActions
from compliance.admin.evidence_forms import EvidenceForm
from compliance.models import Evidence
from compliance.models.evidence import SEARCHED_EVIDENCE
from compliance.querysets import EvidenceQuerySet
from compliance.states import EvidenceKind, EvidenceStatus, ReviewVerdict
from qualiforma.admin import panels
from qualiforma.admin.indicators import IndicatorFilter, indicator_list
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.admin.rows import kept_rows
from qualiforma.admin.site import site
from qualiforma.admin.uploads import FileInput
from qualiforma.followup.proofs import keeper
from qualiforma.record_types import RecordType, record_types
from qualiforma.uploads import Upload

PANEL_ROWS = 20


def add_link(**filled: Any) -> str:
    """Return the address of the form of new evidence with these fields filled in."""
    return f"{reverse('admin:compliance_evidence_add')}?{urlencode(filled)}"


@panels.register
def evidence_panel(
    request: HttpRequest, known: RecordType, record_id: str
) -> tuple[str, dict[str, Any]] | None:
    """Show the evidence of a record on its page, and where to add some. Cost: one query."""
    actor = actor_of(request)

    def rows(key: str) -> Any:
        found = Evidence.objects.visible_to(actor).filter(record_type=known.name, record_id=key)
        return found.filter(status=EvidenceStatus.ACTIVE).newest_first()[:PANEL_ROWS]

    shown = kept_rows(f"evidence of {known.name}", actor, record_id, rows)
    readable = [one for one in shown if policies.can_read_evidence_contents(actor, one)]
    if known.model is Evidence and not readable:
        return None  # a document is seldom proved by another
    link = add_link(kind=EvidenceKind.RECORD, record_type=known.name, record_id=record_id)
    may_add = policies.can_manage_evidence(actor)
    panel = {
        "rows": readable,
        "add": link if may_add else "",
        "link": keeper().link(known.name, record_id),
    }
    return "compliance/evidence_panel.html", panel


@admin.register(Evidence, site=site)
class EvidenceAdmin(EvidenceActions, RecordAdmin):
    may_read = policies.can_read_records
    may_write = policies.can_manage_evidence
    form = EvidenceForm
    # Date, document, author first, as an auditor notes them.
    empty_text = _(
        "Vos preuves seront réunies ici, indicateur par indicateur. Ajoutez un fichier, un lien "
        "ou une déclaration."
    )
    list_display = ("day", "title", "writer", "numbers", "kind", "validity", "state")
    list_display_links = ("day", "title")
    list_filter = (IndicatorFilter, "status", "kind")
    search_fields = SEARCHED_EVIDENCE
    search_help_text = _("Document ou description")
    actions: ClassVar = ()
    change_form_outer_before_template = "compliance/evidence_before.html"
    change_form_outer_after_template = "compliance/evidence_after.html"

    @property
    def media(self) -> Any:
        return super().media + FileInput().media + Media(js=("compliance/evidence.js",))

    # --- Reading
    def get_queryset(self, request: HttpRequest) -> EvidenceQuerySet:
        rows: EvidenceQuerySet = Evidence.objects.visible_to(actor_of(request))
        return rows.newest_first()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-created_at", "-id")

    @display(description=_("Date"), ordering="document_date")
    def day(self, evidence: Evidence) -> str:
        return date_format(evidence.document_date, "SHORT_DATE_FORMAT")

    @display(description=_("Auteur"))
    def writer(self, evidence: Evidence) -> str:
        return "–" if evidence.confidential else evidence.author

    @display(description=_("Indicateurs"))
    def numbers(self, evidence: Evidence) -> str:
        return indicator_list(evidence.indicators)

    @display(description=_("Valable jusqu’au"), ordering="valid_until")
    def validity(self, evidence: Evidence) -> str:
        until = evidence.valid_until
        return date_format(until, "SHORT_DATE_FORMAT") if until else "–"

    @display(
        description=_("État"),
        label={
            _("Active"): "success",
            _("Retirée"): "",
            _("Expirée"): "danger",
            _("À remplacer"): "warning",
        },
    )
    def state(self, evidence: Evidence) -> Any:
        return state_of(evidence)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_open = obj is None or obj.status == EvidenceStatus.ACTIVE
        return is_open and self.has_write_permission(request)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if not obj:
            # What it is, then of when and whom: most of the rest is filled in, or may stay empty.
            what = ("title", "kind", "file", "free_of_personal_data", "url", "description")
            when = (("document_date", "author"), ("valid_from", "valid_until"))
            about = ("owner", "confidential", "record_type", "record_id")
            return ((None, {"fields": (*what, "indicators", *when, *about)}),)
        fields: list[Any] = [
            ("document_date", "title"),
            "indicators",
            ("valid_from", "valid_until"),
        ]
        if not policies.can_read_evidence_contents(actor_of(request), obj):
            return ((None, {"fields": (*fields, "confidential")}),)
        fields += [("author", "owner"), "description", "url", "confidential"]
        if self.has_change_permission(request, obj):
            fields += ["expected_version"]
        return ((None, {"fields": tuple(fields)}),)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the address says; until somebody says otherwise, one's own of today."""
        person: Any = request.user
        own = {"document_date": timezone.localdate(), "author": person.name}
        return {**own, **super().get_changeform_initial_data(request)}

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Cost: three statements."""
        may_read = policies.can_read_evidence_contents(actor_of(request), row)
        may_write = self.has_change_permission(request, row)
        known = record_types.get(row.record_type) if may_read else None
        return {
            "evidence": row,
            "state": state_of(row),
            "indicators": indicator_list(row.indicators),
            "may_read": may_read,
            "may_write": may_write,
            "record": (known.label, known.page(row.record_id)) if known else None,
            "versions": row.versions.select_related("uploaded_by").order_by("-number"),
            "reviews": row.reviews.select_related("reviewed_by").order_by("-reviewed_at", "-id"),
            "upload": self.version_form(row) if may_write else None,
        }

    # --- Writing
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            services.change_evidence(
                evidence=obj,
                changes=form.changes(),
                actor=actor,
                expected_versions=form.expected_versions,
            )
            return
        sent = form.cleaned_data.get("file")
        is_free = form.cleaned_data.get("free_of_personal_data", False)
        upload = Upload(sent.name, sent.size, sent.file, is_free) if sent else None
        obj.pk = services.add_evidence(draft=form.draft(), actor=actor, upload=upload).pk


def state_of(evidence: Evidence) -> Any:
    """Return what a list says of a piece of evidence: withdrawn, expired, to be replaced, active."""
    if evidence.status == EvidenceStatus.WITHDRAWN:
        return EvidenceStatus.WITHDRAWN.label
    if evidence.is_expired(timezone.localdate()):
        return _("Expirée")
    if evidence.verdict == ReviewVerdict.TO_REPLACE:
        return ReviewVerdict.TO_REPLACE.label
    return EvidenceStatus.ACTIVE.label
