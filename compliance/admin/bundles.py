"""Audit bundles as a page: a form, what would be missing, and who had which bundle made for whom."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from compliance import services
from qualiforma.admin.export_pages import to_page
from qualiforma.admin.form_errors import add_errors_to_form
from qualiforma.admin.readable import ReadableForm
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import MenuEntry, site
from qualiforma.api.problems import page_status_of
from qualiforma.bundle.requests import (
    BUNDLE_EXPORT,
    RECIPIENT_MAX,
    may_export_bundle,
    request_bundle,
)
from qualiforma.bundle.scope import REASON_MAX, SAMPLE_MAX, Wish
from qualiforma.errors import RuleError
from qualiforma.exports.models import ExportState, FileExport
from qualiforma.qualiopi.grids import grid_for, label
from qualiforma.readiness import ReadinessState

TITLE = _("Dossier d’audit")
SHOWN = 50


def _day(name: Any, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=name, required=False, help_text=help_text, widget=UnfoldAdminSingleDateWidget
    )


class BundleForm(ReadableForm, forms.Form):
    """What the bundle is of."""

    first_day = _day(
        _("Du"), _("Si vide : le lendemain du dernier audit, ou un an avant le dernier jour.")
    )
    last_day = _day(_("Au"), _("Si vide : aujourd’hui."))
    audit_date = _day(
        _("Jour de l’audit"),
        _("Le référentiel applicable en dépend. Si vide : le dernier jour de la période."),
    )
    sample = forms.IntegerField(
        label=_("Dossiers de formation tirés au sort"),
        required=False,
        min_value=0,
        max_value=SAMPLE_MAX,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    seed = forms.IntegerField(
        label=_("Numéro du tirage"),
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text=_("Le même numéro redonne les mêmes dossiers."),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    recipient = forms.CharField(
        label=_("Pour qui"),
        required=False,
        max_length=RECIPIENT_MAX,
        help_text=_("Par exemple le certificateur ; inscrit au journal d’audit."),
        widget=UnfoldAdminTextInputWidget,
    )
    names = forms.BooleanField(
        label=_("Montrer les noms des apprenants et joindre les fichiers déposés"),
        required=False,
        help_text=_(
            "Sans cela, les apprenants sont désignés par l’identifiant de leur inscription et leurs initiales."
        ),
        widget=UnfoldBooleanSwitchWidget,
    )
    reason = forms.CharField(
        label=_("Motif"),
        required=False,
        max_length=REASON_MAX,
        help_text=_("Obligatoire pour montrer les noms ; inscrit au journal d’audit."),
        widget=UnfoldAdminTextInputWidget,
    )
    # What a service calls them, to what the form does.
    NAMES: ClassVar = {"from": "first_day", "to": "last_day"}

    def wish(self) -> Wish:
        """Return what is asked for."""
        given = self.cleaned_data
        return Wish(
            since=given["first_day"],
            until=given["last_day"],
            audit_day=given["audit_date"],
            sample=given["sample"] or 0,
            seed=given["seed"] or 0,
            names=given["names"],
            reason=given["reason"],
        )


@site.page(
    "compliance/bundles/",
    "audit_bundles",
    MenuEntry("audit_bundles", TITLE, "compliance", may_export_bundle),
)
def bundles_view(request: HttpRequest) -> HttpResponse:
    """Show the form and the history; a POST has a bundle made and leads to its progress."""
    actor = actor_of(request)
    if not may_export_bundle(actor):
        raise PermissionDenied
    form, status = BundleForm(request.POST or None), 200
    if form.is_valid():
        try:
            export = request_bundle(
                wish=form.wish(), recipient=form.cleaned_data["recipient"], actor=actor
            )
        except RuleError as refusal:
            for error in getattr(refusal, "errors", ()):
                object.__setattr__(error, "field", BundleForm.NAMES.get(error.field, error.field))
            add_errors_to_form(form, refusal)
            status = page_status_of(refusal)
        else:
            messages.success(request, str(_("Le dossier d’audit se prépare.")))
            return to_page(export)
    elif form.is_bound:
        status = 400
    rows = FileExport.objects.filter(kind=BUNDLE_EXPORT.name).select_related("requested_by")
    context = {
        **site.each_context(request),
        "title": TITLE,
        "form": form,
        "media": forms.Media(js=["admin/js/core.js"]) + form.media,
        **_preview(form.cleaned_data.get("audit_date") if form.is_bound else None),
        "history": [_line(one) for one in rows.order_by("-requested_at", "-id")[:SHOWN]],
    }
    return TemplateResponse(request, "compliance/bundles.html", context, status=status)


def _preview(audit_day: date | None) -> dict[str, Any]:
    """Return what an auditor would not find: indicators with nothing to show, or at risk."""
    found = services.read_readiness(audit_day=audit_day)
    day = found.scope.audit_day
    by_state: dict[str, list[tuple[int, str, str]]] = {"MISSING": [], "AT_RISK": []}
    for row in found.rows:
        state = row.indicator.state
        if state in {ReadinessState.MISSING, ReadinessState.AT_RISK}:
            number = row.indicator.number
            page = f"{reverse('admin:readiness')}#i{number}"
            by_state[state.value].append((number, label(number, day), page))
    return {
        "audit_day": day,
        "grid": grid_for(day).code.label,
        "missing": by_state["MISSING"],
        "at_risk": by_state["AT_RISK"],
    }


def _line(export: FileExport) -> dict[str, Any]:
    """Return a row of the history."""
    found, asked = export.result, export.options
    lacks = found.get("missingCount", 0)
    summary: Any = _("Incomplet (%d)") % lacks if lacks else _("Complet")
    if export.state != ExportState.READY:
        summary = export.get_state_display()
    return {
        "export": export,
        "since": parse_date(asked["from"]),
        "until": parse_date(asked["to"]),
        "recipient": asked["recipient"],
        "summary": summary,
        "is_complete": export.state == ExportState.READY and not lacks,
        "missing": found.get("missing", [])[:SHOWN],
        "page": reverse("admin:export", args=[export.pk]),
    }
