"""The page of an export: how far it is, then its file. Only who asked for it sees it."""

from collections.abc import Callable
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qualiforma.admin import platform
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import StaffSite, site
from qualiforma.exports import progress
from qualiforma.exports.lifecycle import ExpiredLinkError
from qualiforma.exports.models import ExportState, FileExport
from qualiforma.exports.pages import file_answer
from qualiforma.exports.services import FILES


def to_page(export: FileExport) -> HttpResponseRedirect:
    """Lead to an export's page."""
    return HttpResponseRedirect(reverse("admin:export", args=[export.pk]))


def progress_answer(key: str) -> JsonResponse:
    """Say how far work is, for the page's script."""
    row = progress.of(key)
    told = {"running": bool(row), "done": row.done if row else 0, "total": row.total if row else 0}
    return JsonResponse(told, headers={"Cache-Control": "no-store"})


def _own(request: HttpRequest, export_id: str) -> FileExport:
    rows = FileExport.objects.select_related("requested_by")
    export = rows.filter(pk=export_id, requested_by=actor_of(request).id).first()
    if export is None or not export.is_wanted():
        raise Http404
    return export


def _page(here: StaffSite, request: HttpRequest, export_id: str) -> HttpResponse:
    export = _own(request, export_id)
    is_queued = export.state == ExportState.QUEUED
    context = {
        **here.each_context(request),
        "title": export.title,
        "export": export,
        "running": progress.of(export.pk) if is_queued else None,
        "is_queued": is_queued,
        "is_failed": export.state == ExportState.FAILED,
        "is_ready": export.can_be_fetched(),
    }
    return TemplateResponse(request, "backoffice/export.html", context)


def _state(request: HttpRequest, export_id: str) -> JsonResponse:
    return progress_answer(_own(request, export_id).pk)


def _file(request: HttpRequest, export_id: str) -> HttpResponseBase:
    """Hand the file out. By POST: it is an entry of the trail."""
    export = _own(request, export_id)
    try:
        return file_answer(*FILES.hand_out(export))
    except ExpiredLinkError:
        return to_page(export)


def _add_pages(here: StaffSite) -> None:
    views: dict[str, tuple[str, Callable[..., HttpResponseBase]]] = {
        "export": ("exports/<id:export_id>/", require_GET(partial(_page, here))),
        "export_state": ("exports/<id:export_id>/state/", require_GET(_state)),
        "export_file": ("exports/<id:export_id>/file/", require_POST(_file)),
    }
    for name, (route, view) in views.items():
        here.page(route, name)(view)  # type: ignore[type-var]  # a file is an answer, too


for _site in (site, platform.site):
    _add_pages(_site)
