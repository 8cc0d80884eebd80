"""Files of a plan: stored under the tenant's prefix, named by a row, read back by signed links."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from improvements.models import ImprovementPlan, PlanAttachment
from improvements.services.refusals import TooManyAttachmentsError
from improvements.services.shared import Seen, check_open, check_seen, locked, save
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError, InvalidFieldsError, MissingError
from qualiforma.files import tenant_folder
from qualiforma.uploads import KINDS, FileKind, digest_of, recognise

ATTACHMENT_MAX_BYTES = 20 * 1024 * 1024
ATTACHMENTS_MAX = 50


@dataclass(frozen=True)
class Upload:
    """A file as it came in. `size` in bytes."""

    name: str
    size: int
    file: IO[bytes]


def add_attachment(
    *, plan: ImprovementPlan, upload: Upload, actor: Actor, seen: Seen = None
) -> PlanAttachment:
    """Store a file of an open plan.

    The file comes first, as a row without file would be a lie; a file without row, left by a
    crash, is purged. Errors: `InvalidFieldsError` on `file` for what is not taken;
    `PlanFrozenError`, `TooManyAttachmentsError`.
    """
    kind = _check(upload)
    attachment = PlanAttachment(
        plan=plan,
        name=upload.name,
        content_type=kind.content_type,
        size=upload.size,
        sha256=digest_of(upload.file),
        uploaded_by_id=actor.id,
    )
    key = f"{tenant_folder('improvements', plan.pk)}{attachment.pk}-{_plain(upload.name, kind)}"
    attachment.key = default_storage.save(key, File(upload.file))
    try:
        _enter(attachment, plan=plan, actor=actor, seen=seen)
    except BaseException:
        default_storage.delete(attachment.key)
        raise
    return attachment


@audit.recorded("improvements.attachment.added")
def _enter(attachment: PlanAttachment, *, plan: ImprovementPlan, actor: Actor, seen: Seen) -> None:
    plan = locked(plan)
    check_seen(plan, seen)
    check_open(plan)
    if plan.attachments.count() >= ATTACHMENTS_MAX:
        raise TooManyAttachmentsError(most=ATTACHMENTS_MAX)
    attachment.plan = plan
    attachment.save(force_insert=True)
    save(plan)


@audit.recorded("improvements.attachment.removed")
def remove_attachment(*, attachment: PlanAttachment, actor: Actor, seen: Seen = None) -> None:
    """Remove a file from an open plan. Errors: `PlanFrozenError`."""
    plan = locked(attachment.plan)
    check_seen(plan, seen)
    check_open(plan)
    deleted, _rows = plan.attachments.filter(pk=attachment.pk).delete()
    if not deleted:
        raise MissingError
    save(plan)
    transaction.on_commit(lambda: default_storage.delete(attachment.key))


def _check(upload: Upload) -> FileKind:
    """Return what the file is. Errors: `InvalidFieldsError` naming what would be taken."""
    taken = ", ".join(kind.label for kind in KINDS)
    if upload.size > ATTACHMENT_MAX_BYTES:
        detail = _("Ce fichier dépasse %s Mo.") % (ATTACHMENT_MAX_BYTES // 1024**2)
        raise InvalidFieldsError([FieldError("file", "too_large", detail)])
    kind = recognise(upload.file)
    if kind is None:
        text = _("Le contenu de ce fichier n’est pas admis. Admis : %s, entiers et sans macro.")
        raise InvalidFieldsError([FieldError("file", "kind", text % taken)])
    extension = PurePath(upload.name).suffix.lower().lstrip(".")
    if extension not in kind.extensions:
        text = _("Ce fichier est un %(kind)s ; son nom doit se terminer par .%(extension)s.")
        values = {"kind": kind.label, "extension": kind.extensions[0]}
        raise InvalidFieldsError([FieldError("file", "extension", text % values)])
    return kind


def _plain(name: str, kind: FileKind) -> str:
    """Return a file name that every file system and address can hold."""
    return f"{slugify(PurePath(name).stem)[:60] or 'fichier'}.{kind.extensions[0]}"
