"""The page behind the link of an export's mail."""

import mimetypes
from collections.abc import Callable
from typing import IO, Any

from django.http import FileResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from qualiforma.errors import MissingError
from qualiforma.exports.lifecycle import ExpiredLinkError, Family
from qualiforma.exports.models import Export
from qualiforma.exports.services import FILES
from qualiforma.links import DeadLinkError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def link_page(family: Family[Any], expired: str) -> Callable[..., HttpResponseBase]:
    """Return the page of a family's links: 410 for one that was right once, 404 for one that never was.

    Only for GET: a mail program that tries links by HEAD has fetched nothing. `expired`: what the
    page of 410 says, a template. Errors: `FileAlteredError`.
    """

    @never_cache
    @require_GET
    def page(request: Any, token: str) -> HttpResponseBase:
        if not request.link_is_alive:
            return render(request, "exports/unknown_link.html", status=404)
        try:
            export, file = family.fetch(token)
        except (DeadLinkError, MissingError):
            return render(request, "exports/unknown_link.html", status=404)
        except ExpiredLinkError:
            return render(request, expired, status=410)
        return file_answer(export, file)

    return page


def file_answer(export: Export, file: IO[bytes]) -> FileResponse:
    """Return an export's file, under its name."""
    name = export.file_key.rpartition("/")[2]
    known = mimetypes.guess_type(name)[0] or "application/octet-stream"
    kind = XLSX if name.endswith(".xlsx") else known
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind)


downloaded_file = link_page(FILES, "exports/expired_link.html")
