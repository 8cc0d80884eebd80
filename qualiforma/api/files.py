"""The page behind the links to stored files."""

from contextlib import suppress
from pathlib import PurePath

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qualiforma import audit
from qualiforma.filelinks import linked_file
from qualiforma.links import DeadLinkError
from qualiforma.uploads import KINDS


@never_cache
@require_safe
def stored_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """Hand a file out, to be saved, never shown here; a dead link says so with status 404."""
    key = name = ""
    if request.link_is_alive:  # type: ignore[attr-defined]  # set by the tenancy middleware
        with suppress(DeadLinkError):
            key, name = linked_file(token)
    if not key:
        return render(request, "files/dead_link.html", status=404)
    with audit.action("files.file.downloaded"):
        audit.enter("file", key)
    extension = PurePath(key).suffix.lower().lstrip(".")
    kinds = [kind.content_type for kind in KINDS if extension in kind.extensions]
    return FileResponse(
        default_storage.open(key),
        as_attachment=True,
        filename=name,
        content_type=kinds[0] if kinds else "application/octet-stream",
    )
