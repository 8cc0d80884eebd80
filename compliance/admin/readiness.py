"""What an audit would find as a page: one row per indicator, printable, each gap beside what mends it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from compliance import policies, services
from compliance.admin.evidence import add_link
from compliance.models.readiness import REMARK_MAX
from compliance.services.readiness import Row
from compliance.states import EvidenceKind
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.admin import panels
from qualiforma.admin.readable import ReadableForm
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import MenuEntry, site
from qualiforma.bundle.requests import may_export_bundle
from qualiforma.qualiopi.grids import INDICATOR_MAX, label
from qualiforma.readiness import Gap, ReadinessState
from qualiforma.record_types import record_types

BADGES = {
    ReadinessState.DEMONSTRABLE: "success",
    ReadinessState.AT_RISK: "warning",
    ReadinessState.MISSING: "danger",
    ReadinessState.NOT_APPLICABLE: "",
}
PLANNED = "IMPROVEMENT_PLAN"
TITLE = _("Préparation de l’audit")


class RemarkForm(ReadableForm, forms.Form):
    """That an indicator was looked at, and what was noted."""

    indicator = forms.IntegerField(min_value=1, max_value=INDICATOR_MAX, widget=forms.HiddenInput)
    remark = forms.CharField(
        label=_("Remarque"),
        required=False,
        max_length=REMARK_MAX,
        widget=UnfoldAdminTextInputWidget,
    )


@dataclass(frozen=True)
class Fault:
    """A gap as the page shows it: its records by name, and where it is mended."""

    gap: Gap
    records: list[tuple[str, str, str]]  # name, page, "add evidence" about it
    plan: str

    @property
    def more(self) -> int:
        """How many records are not named."""
        return self.gap.found.count - len(self.records)


@dataclass(frozen=True)
class Line:
    """A row of the page."""

    row: Row
    label: str
    badge: str
    evidence: str
    add: str
    faults: list[Fault]


def lines_of(rows: list[Row], audit_day: date, actor: Actor) -> list[Line]:
    """Return the rows as the page shows them. Cost: one statement for each type of records."""
    names = _names(rows, actor)
    register = reverse("admin:compliance_evidence_changelist")
    return [
        Line(
            row,
            label(row.indicator.number, audit_day),
            BADGES[row.indicator.state],
            f"{register}?indicator={row.indicator.number}",
            add_link(indicators=row.indicator.number),
            [_fault(row.indicator.number, gap, names) for gap in row.indicator.gaps],
        )
        for row in rows
    ]


def _fault(number: int, gap: Gap, names: dict[str, dict[str, str]]) -> Fault:
    known = record_types.get(gap.check.object_type)
    records = []
    if known:
        about = {"kind": EvidenceKind.RECORD, "indicators": number, "record_type": known.name}
        shown = names[known.name]
        records = [
            (shown[one], known.page(one), add_link(**about, record_id=one))
            for one in gap.found.ids
            if one in shown
        ]
    plan = f"{record_types[PLANNED].add_page()}?{urlencode({'indicators': number})}"
    return Fault(gap, records, plan)


def _names(rows: list[Row], actor: Actor) -> dict[str, dict[str, str]]:
    """Return what people call the records at fault, by type and id."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for gap in row.indicator.gaps:
            if not gap.check.sensitive or actor.role == Role.ADMIN:
                wanted[gap.check.object_type] |= set(gap.found.ids)
    return {
        name: {one.pk: str(one) for one in known.named(wanted[name], actor)}
        for name, known in record_types.items()
    }


@site.page(
    "compliance/readiness/",
    "readiness",
    MenuEntry("readiness", TITLE, "compliance", policies.can_read_readiness),
)
def readiness_view(request: HttpRequest) -> HttpResponse:
    """Show the page; a POST keeps that an indicator was looked at."""
    actor = actor_of(request)
    if not policies.can_read_readiness(actor):
        raise PermissionDenied
    form, status = RemarkForm(request.POST or None), 200
    if request.method == "POST":
        if not policies.can_manage_evidence(actor):
            raise PermissionDenied
        if form.is_valid():
            services.review_indicator(**form.cleaned_data, actor=actor)
            messages.success(request, str(_("La revue est enregistrée.")))
            number = form.cleaned_data["indicator"]
            return HttpResponseRedirect(f"{request.get_full_path()}#i{number}")
        status = 400
    found = services.read_readiness(audit_day=_day(request.GET.get("auditDate", "")))
    wanted = request.GET.get("state", "")
    rows = [one for one in found.rows if wanted in {"", one.indicator.state}]
    context = {
        **site.each_context(request),
        "title": TITLE,
        "scope": found.scope,
        "profile": found.profile,
        "days_left": found.profile.days_left(found.scope.today),
        "lines": lines_of(rows, found.scope.audit_day, actor),
        "states": [(one, one == wanted) for one in ReadinessState if one in BADGES],
        "may_write": policies.can_manage_evidence(actor),
        "may_export": may_export_bundle(actor),
        "form": form,
    }
    return TemplateResponse(request, "compliance/readiness.html", context, status=status)


def _day(text: str) -> date | None:
    """Return the day that an address names; None for none and for one that is none."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def _profile(request: HttpRequest) -> Any:
    """Return the organisation's profile, read once for all panels of a page."""
    kept: Any = request
    if not hasattr(kept, "organisation_profile"):
        kept.organisation_profile = services.read_organisation()
    return kept.organisation_profile


@panels.register_first
def start_panel(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """Tell a new organisation what to do first. Cost: one statement, for who may do it."""
    may_write = policies.can_change_organisation(actor_of(request))
    is_new = may_write and not _profile(request).is_filled
    return "compliance/start_panel.html", {"is_new": is_new}


@panels.register_home
def readiness_panel(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """Say on the home page when the audit is and which indicators are weak."""
    profile = _profile(request)
    weak = services.weak_indicators(profile)
    return "compliance/readiness_panel.html", {
        "profile": profile,
        "days_left": profile.days_left(timezone.localdate()),
        "may_write": policies.can_change_organisation(actor_of(request)),
        "missing": [one for one in weak if one.state == ReadinessState.MISSING],
        "at_risk": [one for one in weak if one.state == ReadinessState.AT_RISK],
    }
