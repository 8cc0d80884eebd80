"""The page behind the links to stored files."""

from contextlib import ExitStack, suppress
from pathlib import PurePath

from django.http import FileResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qualiforma import audit
from qualiforma.api.tenant_middleware import TenantRequest
from qualiforma.filelinks import linked_file
from qualiforma.files import without_name
from qualiforma.links import DeadLinkError
from qualiforma.stored_files.checking import open_stored
from qualiforma.uploads import KINDS


@never_cache
@require_safe
def stored_file(request: TenantRequest, token: str) -> HttpResponseBase:
    """Hand a file out, to be saved, never shown here; a dead link says so with status 404.

    A file that no row names is no record's any more. Errors: `FileAlteredError`, `FileMissingError`.
    """
    file = None
    if request.link_is_alive:
        with suppress(DeadLinkError, FileNotFoundError):
            key, name = linked_file(token)
            file = open_stored(key)
    if file is None:
        return render(request, "files/dead_link.html", status=404)
    with ExitStack() as stack:
        stack.enter_context(file)
        with audit.action("files.file.downloaded"):
            audit.log_event("file", without_name(key), key=key)
        stack.pop_all()  # the answer closes it
    extension = PurePath(key).suffix.lower().lstrip(".")
    kinds = [kind.content_type for kind in KINDS if extension in kind.extensions]
    return FileResponse(
        file,
        as_attachment=True,
        filename=name,
        content_type=kinds[0] if kinds else "application/octet-stream",
    )
