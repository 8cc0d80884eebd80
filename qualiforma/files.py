"""Stored files. Every key of a tenant lies under `tenants/<its storage prefix>/`."""

import re

from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage

from qualiforma.tenants.context import current_tenant

# One key is one path: plain segments, none of them `.` or `..`, nothing a file system could
# read differently from us.
_SEGMENT = re.compile(r"(?!\.{1,2}\Z)[^/\\\x00-\x1f\x7f]{1,255}", re.ASCII)


def tenant_folder(*parts: str) -> str:
    """Return `tenants/<prefix>/<parts…>/`, the folder of the current tenant."""
    return "/".join(["tenants", current_tenant().storage_prefix, *parts, ""])


def is_stored_below(key: str, folder: str) -> bool:
    """Say whether `key` is a plain path below `folder` and a stored object has that key."""
    rest = key.removeprefix(folder)
    if not rest or rest == key or not all(map(_SEGMENT.fullmatch, rest.split("/"))):
        return False
    try:
        with default_storage.open(key):
            return True
    except (OSError, SuspiciousOperation, ValueError):
        return False
