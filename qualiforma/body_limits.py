"""How much a request may bring: by path, decided before anything is read."""

import re

from django.conf import settings

# A file and what a form wraps it in.
UPLOAD_MAX_BYTES = 21 * 1024 * 1024
_UPLOADS = re.compile(
    r"/api/v1/(?:improvement-plans|complaints)/[^/]+/attachments"
    r"|/admin/improvements/improvementplan/[^/]+/(?:attachments|move/close)/"
    r"|/admin/improvements/complaint/[^/]+/attachments/"
    r"|/api/v1/evidence/[^/]+/versions"
    r"|/admin/compliance/evidence/(?:add|[^/]+/versions)/"
    r"|/admin/me/[A-Z_]+/[^/]+/"
    r"|/admin/[a-z]+/[a-z]+/import/"
)
# A form that anybody may send: its texts, each character written as up to nine.
PUBLIC_FORM_MAX_BYTES = 64 * 1024
PUBLIC_FORM = "/reclamation"


def body_limit(path: str) -> int:
    """Return the largest body in bytes that this path is read with."""
    if _UPLOADS.fullmatch(path):
        return UPLOAD_MAX_BYTES
    if path == PUBLIC_FORM:
        return PUBLIC_FORM_MAX_BYTES
    return int(settings.API_BODY_MAX_BYTES)
