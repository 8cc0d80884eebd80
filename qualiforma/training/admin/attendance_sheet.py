"""The attendance sheet of a session as a page: filled in on screen, or printed and signed by hand."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.api.problems import page_status_of
from qualiforma.errors import InvalidFieldsError, RuleError
from qualiforma.training import policies, services
from qualiforma.training.attendance_sheet import Sheet, SheetRow, sheet_of
from qualiforma.training.models import TrainingSession
from qualiforma.training.services import AttendanceDraft
from qualiforma.training.services.shared import refuse_any, to_come


@site.page("training/trainingsession/<path:object_id>/sheet/", "session_sheet")
def sheet_view(request: HttpRequest, object_id: str) -> HttpResponse:
    """Show the sheet; a POST keeps who was there and who was not. Cost: four statements."""
    actor = actor_of(request)
    may_write = policies.can_manage_records(actor)
    if not policies.can_read_records(actor) or (request.method == "POST" and not may_write):
        raise PermissionDenied
    sessions = TrainingSession.objects.visible_to(actor).select_related("course", "trainer")
    session = get_object_or_404(sessions, pk=unquote(object_id))
    sheet = sheet_of(session)
    status = 200
    if request.method == "POST":
        refusal = _keep(request, session, sheet)
        if refusal is None:
            return HttpResponseRedirect(request.path)
        messages.error(request, _said(refusal))
        status = page_status_of(refusal)
    context = {
        **site.each_context(request),
        "opts": TrainingSession._meta,
        "title": _("Feuille d’émargement"),
        "session": session,
        "sheet": sheet,
        "counts": {
            "expected": len(sheet.rows),
            "present": sheet.count("in"),
            "absent": sheet.count("out"),
            "open": sheet.count(""),
        },
        "is_past": session.ends_at < timezone.now(),
        "may_write": may_write and session.starts_at <= timezone.now(),
    }
    return TemplateResponse(request, "training/attendance_sheet.html", context, status=status)


def _keep(request: HttpRequest, session: TrainingSession, sheet: Sheet) -> RuleError | None:
    """Note what the page says anew of each person; all of it or nothing, and nothing before the session."""
    changed = [row for row in sheet.rows if _is_changed(request.POST, row)]
    try:
        refuse_any(to_come(starts_at=session.starts_at))
        with transaction.atomic():
            for row in changed:
                services.record_attendance(
                    session=session,
                    enrollment=row.enrollment,
                    draft=AttendanceDraft(attended=request.POST[row.enrollment.pk] == "in"),
                    actor=actor_of(request),
                )
    except RuleError as refusal:
        return refusal
    told = ngettext(
        "%d présence ou absence notée.", "%d présences ou absences notées.", len(changed)
    )
    messages.success(request, told % len(changed))
    return None


def _is_changed(given: Any, row: SheetRow) -> bool:
    """Compare with what the page showed, and with what is noted: what somebody else noted meanwhile stays."""
    said = given.get(row.enrollment.pk)
    return said in {"in", "out"} and said not in {given.get(f"was_{row.enrollment.pk}"), row.state}


def _said(refusal: RuleError) -> str:
    if isinstance(refusal, InvalidFieldsError):
        return " ".join(str(one.detail) for one in refusal.errors)
    return str(refusal.detail)
