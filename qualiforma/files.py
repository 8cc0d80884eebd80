"""Stored files. Every key of a tenant lies under `tenants/<its storage prefix>/`."""

import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile
from typing import IO

from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage

from qualiforma.outages import StorageAwayError
from qualiforma.tenants.context import current_scope, current_tenant, tenant_or_none
from qualiforma.tenants.models import PLATFORM_SCHEMA

logger = logging.getLogger(__name__)

# One key is one path: plain segments, none of them `.` or `..`, nothing a file system could
# read differently from us.
_SEGMENT = re.compile(r"(?!\.{1,2}\Z)[^/\\\x00-\x1f\x7f]{1,255}", re.ASCII)
# What a person called the file that they uploaded, after the id.
_GIVEN_NAME = re.compile(r"(/[a-z]{3}_[0-9a-f]{24})-[^/]*\Z")


@contextmanager
def temporary_file() -> Iterator[IO[bytes]]:
    """Open a temporary file. It stays open when the block succeeds: closing it is up to the caller."""
    with ExitStack() as stack:
        yield stack.enter_context(TemporaryFile())
        stack.pop_all()


def tenant_folder(*parts: str) -> str:
    """Return `tenants/<prefix>/<parts…>/`, the folder of the current tenant."""
    return "/".join([folder_of(current_tenant().storage_prefix), *parts, ""])


def scope_folder(*parts: str) -> str:
    """Return the folder of the current tenant, or `platform/<parts…>/` on the platform."""
    if tenant_or_none() is None and current_scope() == PLATFORM_SCHEMA:
        return "/".join(["platform", *parts, ""])
    return tenant_folder(*parts)


def folder_of(storage_prefix: str) -> str:
    """Return `tenants/<prefix>`, under which all files of a tenant lie."""
    return f"tenants/{storage_prefix}"


def stored_below(folder: str) -> Iterator[tuple[str, int]]:
    """Yield key and size in bytes of each stored file below a folder, which need not exist."""
    for key in keys_below(folder):
        yield key, default_storage.size(key)


def keys_below(folder: str) -> Iterator[str]:
    """Yield the key of each stored file below a folder, which need not exist."""
    folders, names = _listed(folder)
    for name in names:
        yield f"{folder}/{name}"
    for name in folders:
        yield from keys_below(f"{folder}/{name}")


def stored_folders() -> list[str]:
    """Return `tenants/<prefix>` of every tenant that has files, of tenants that are no more too."""
    folders = map(folder_of, _listed("tenants")[0])
    return [folder for folder in folders if any(True for _key in keys_below(folder))]


def remove_below(folder: str) -> None:
    """Delete a folder with all that is stored below it; idempotent."""
    folders, names = _listed(folder)
    for name in names:
        default_storage.delete(f"{folder}/{name}")
    for name in folders:
        remove_below(f"{folder}/{name}")
    default_storage.delete(folder)


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """Return the names of folders and files; a storage of objects may list a folder as ''."""
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return [name for name in folders if name], [name for name in names if name]


def is_key_below(key: str, folder: str) -> bool:
    """Say whether `key` is a plain path below `folder`, which ends with a slash."""
    rest = key.removeprefix(folder)
    return rest != key and all(map(_SEGMENT.fullmatch, rest.split("/")))


def is_stored_below(key: str, folder: str) -> bool:
    """Say whether `key` is a plain path below `folder` and a stored object has that key."""
    if not is_key_below(key, folder):
        return False
    try:
        with default_storage.open(key):
            return True
    except (OSError, SuspiciousOperation, ValueError):
        return False


def without_name(key: str) -> str:
    """Return a key without what a person called the file, which may tell of somebody."""
    return _GIVEN_NAME.sub(r"\1", key)


def bucket_answers() -> bool:
    """Say whether the bucket lets us look for a file."""
    try:
        default_storage.exists("tenants/.ready")
    except StorageAwayError:
        return False
    return True


def discard(key: str) -> None:
    """Delete a file that no row names. Where the storage is away it stays."""
    try:
        default_storage.delete(key)
    except StorageAwayError:
        logger.warning("A file that no row names could not be deleted yet", exc_info=True)
