"""The page behind the link of an export's mail."""

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from actionplans import services
from qualiforma.errors import MissingError
from qualiforma.links import DeadLinkError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@never_cache
@require_GET
def exported_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """Hand the workbook out; 410 for a link that was right once, 404 for one that never was.

    Only for GET: a mail program that tries links by HEAD has fetched nothing.
    Errors: `FileAlteredError`.
    """
    if not request.link_is_alive:  # type: ignore[attr-defined]  # set by the tenancy middleware
        return render(request, "actionplans/unknown_link.html", status=404)
    try:
        export, file = services.fetch_export(token=token)
    except (DeadLinkError, MissingError):
        return render(request, "actionplans/unknown_link.html", status=404)
    except services.ExpiredLinkError:
        return render(request, "actionplans/expired_link.html", status=410)
    name = export.file_key.rpartition("/")[2]
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
