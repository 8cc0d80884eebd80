"""Files are compared with their SHA-256 before the first byte of them is handed out."""

import hashlib
import logging
from datetime import timedelta
from typing import IO

from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.audit.models import AuditEvent
from qualiforma.errors import ConflictError
from qualiforma.files import temporary_file, without_name
from qualiforma.stored_files.registry import StoredFile, find_stored_file
from qualiforma.uploads import CHUNK_BYTES

logger = logging.getLogger(__name__)
ALTERED = "files.file.altered"
# Admins are written to about one file once within it.
AGAIN_AFTER = timedelta(days=1)


class FileAlteredError(ConflictError):
    """The stored file is no longer what was stored; it is not handed out."""

    code = "FILE_ALTERED"
    title = _("Ce fichier n’est plus celui qui a été déposé : il ne peut pas être téléchargé")


class FileMissingError(ConflictError):
    """The database names the file, but the storage does not have it: the file was lost.

    Or the server looks at another disk than the one that took the file.
    """

    code = "FILE_MISSING"
    title = _(
        "Ce fichier est enregistré mais introuvable dans le stockage : prévenez l’administrateur"
    )


def open_unaltered(stored: StoredFile) -> IO[bytes]:
    """Return a copy of a stored file, open at its start, which nobody can alter any more.

    Errors: `FileAlteredError`, which the organisation's admins are told; `FileMissingError`.
    Cost: one reading of the file, in chunks, to a temporary file. Not while the trail is locked.
    """
    with temporary_file() as copy:
        try:
            size, sha256 = copy_of(stored.key, copy)
        except FileNotFoundError as error:
            logger.log(logging.ERROR, "A stored file is missing: %s", without_name(stored.key))
            raise FileMissingError from error
        if is_altered(stored, size, sha256):
            _report(stored)
            raise FileAlteredError
        copy.seek(0)
    return copy


def open_stored(key: str) -> IO[bytes]:
    """Return an unaltered copy of what a row names. Errors: as above; none names it: `FileNotFoundError`."""
    stored = find_stored_file(key)
    if stored is None:
        raise FileNotFoundError(key)
    return open_unaltered(stored)


def copy_of(key: str, target: IO[bytes] | None = None) -> tuple[int, str]:
    """Read a stored file, to `target` if there is one; return its size in bytes and its SHA-256."""
    size, digest = 0, hashlib.sha256()
    with default_storage.open(key) as file:
        while chunk := file.read(CHUNK_BYTES):
            size += len(chunk)
            digest.update(chunk)
            if target is not None:
                target.write(chunk)
    return size, digest.hexdigest()


def is_altered(stored: StoredFile, size: int, sha256: str) -> bool:
    """Say whether what was read is something else than what was stored."""
    is_longer_or_shorter = stored.size is not None and stored.size != size
    return is_longer_or_shorter or stored.sha256 not in {"", sha256}


def _report(stored: StoredFile) -> None:
    """Log it; once a day per file, enter it in the trail and write to the active admins."""
    logger.error("A stored file is altered: %s", stored.key)
    if _is_reported(stored.key):
        return
    from qualiforma.stored_files.mails import file_altered  # kinds of mail need the apps

    with audit.action(ALTERED):
        if _is_reported(stored.key):  # by somebody else, until the trail was locked
            return
        audit.log_event("file", without_name(stored.key), key=stored.key)
        admins = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk")
        for admin in admins.values_list("pk", flat=True):
            file_altered.send(user=admin, file=stored.key)


def _is_reported(key: str) -> bool:
    since = timezone.now() - AGAIN_AFTER
    return AuditEvent.objects.filter(
        object_id=without_name(key), action=ALTERED, at__gt=since
    ).exists()
