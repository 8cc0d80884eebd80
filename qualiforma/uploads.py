"""Recognise an uploaded file by its contents; its name proves nothing.

A file is taken when exactly one reader would understand it, and it is whole: a PDF that is a ZIP too,
or a picture with a page behind it, is refused.
"""

import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from qualiforma.active_content.office import find_in_office
from qualiforma.active_content.pdf import find_in_pdf
from qualiforma.errors import FieldError, InvalidFieldsError

HEAD_BYTES = 1024  # PDF readers look for their mark that far
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
UNPACKED_MAX_BYTES = 500 * 1024 * 1024
CHUNK_BYTES = 256 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_PAGE = re.compile(rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|\?xml)", re.IGNORECASE)
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe")


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is taken."""

    label: str
    content_type: str
    extensions: tuple[str, ...]


_OFFICE = "application/vnd.openxmlformats-officedocument"
PDF = FileKind("PDF", "application/pdf", ("pdf",))
PNG = FileKind("PNG", "image/png", ("png",))
JPEG = FileKind("JPEG", "image/jpeg", ("jpg", "jpeg"))
XLSX = FileKind("XLSX", f"{_OFFICE}.spreadsheetml.sheet", ("xlsx",))
DOCX = FileKind("DOCX", f"{_OFFICE}.wordprocessingml.document", ("docx",))
WEBP = FileKind("WebP", "image/webp", ("webp",))
KINDS = (PDF, PNG, JPEG, XLSX, DOCX)
# What a browser shows as a picture; a drawing in SVG can hold scripts.
PICTURES = (PNG, JPEG, WEBP)


@dataclass(frozen=True)
class Upload:
    """An uploaded file. `size` in bytes.

    `free_of_personal_data`: who uploads it says that it names nobody, so that an audit bundle with
    pseudonyms may hold it.
    """

    name: str
    size: int
    file: IO[bytes]
    free_of_personal_data: bool = False


def check_upload(
    upload: Upload, kinds: Collection[FileKind] = KINDS, max_bytes: int | None = None
) -> FileKind:
    """Return what the file is. Errors: `InvalidFieldsError` on `file` naming what would be taken."""
    taken = ", ".join(kind.label for kind in kinds)
    most = max_bytes or UPLOAD_MAX_BYTES
    if upload.size > most:
        detail = _("Ce fichier dépasse %s Mo.") % (most // 1024**2)
        raise InvalidFieldsError([FieldError("file", "too_large", detail)])
    kind = recognise(upload.file)
    if kind is None or kind not in kinds:
        text = _("Le contenu de ce fichier n’est pas admis. Admis : %s, entiers et sans macro.")
        raise InvalidFieldsError([FieldError("file", "kind", text % taken)])
    extension = PurePath(upload.name).suffix.lower().lstrip(".")
    if extension not in kind.extensions:
        text = _("Ce fichier est un %(kind)s ; son nom doit se terminer par .%(extension)s.")
        values = {"kind": kind.label, "extension": kind.extensions[0]}
        raise InvalidFieldsError([FieldError("file", "extension", text % values)])
    find = {PDF: find_in_pdf, XLSX: find_in_office, DOCX: find_in_office}.get(kind)
    if reason := find and find(upload.file):
        text = _(
            "Ce fichier n’est pas admis : %s. Déposez-en une version ordinaire, par exemple imprimée en PDF."
        )
        raise InvalidFieldsError([FieldError("file", "active_content", text % reason)])
    return kind


def safe_name(name: str, kind: FileKind) -> str:
    """Return a file name that every file system and address can hold."""
    return f"{slugify(PurePath(name).stem)[:60] or 'fichier'}.{kind.extensions[0]}"


def recognise(file: IO[bytes]) -> FileKind | None:
    """Return what a file is; None for what is not taken. Cost: reads pictures whole."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    marks = {
        "pdf": b"%PDF-" in head,
        "zip": zipfile.is_zipfile(file),
        "png": head.startswith(_PNG),
        "jpeg": head.startswith(b"\xff\xd8\xff"),
        "gif": head.startswith(b"GIF8"),
        "webp": head.startswith(b"RIFF") and head[8:12] == b"WEBP",
        "page": bool(_PAGE.search(head)),
        "program": head.startswith(_PROGRAMS),
    }
    found = [name for name, is_there in marks.items() if is_there]
    if len(found) != 1 or found[0] not in _CHECKS:
        return None
    file.seek(0)
    return _CHECKS[found[0]](file)


def digest_of(file: IO[bytes]) -> str:
    """Return the SHA-256 of a file, as hex."""
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _pdf(file: IO[bytes]) -> FileKind | None:
    if file.read(5) != b"%PDF-":
        return None
    file.seek(0, 2)
    file.seek(max(file.tell() - HEAD_BYTES, 0))
    _content, end, trailer = file.read().rpartition(b"%%EOF")
    return PDF if end and not _PAGE.search(trailer) else None


def _png(file: IO[bytes]) -> FileKind | None:
    """Walk the chunks, each with its check sum, to an end with nothing behind it."""
    file.seek(len(_PNG))
    while header := file.read(8):
        if len(header) != 8:
            return None
        length, kind = struct.unpack(">I4s", header)
        body, check = file.read(length), file.read(4)
        if len(body) != length or check != struct.pack(">I", zlib.crc32(kind + body)):
            return None
        if kind == b"IEND":
            return None if file.read(1) else PNG
    return None


def _jpeg(file: IO[bytes]) -> FileKind | None:
    """Cameras add things behind the picture's end; nothing that another reader would run."""
    content = file.read()
    picture, end, trailer = content.rpartition(b"\xff\xd9")
    if not end or not picture or b"%PDF-" in trailer or _PAGE.search(trailer):
        return None
    return JPEG


def _webp(file: IO[bytes]) -> FileKind | None:
    """Walk the chunks to the end that the header names, with nothing behind it."""
    (size,) = struct.unpack("<I", file.read(8)[4:])
    file.seek(0, 2)
    if file.tell() != size + 8:
        return None
    place, kinds = 12, set()
    while place < size + 8:
        file.seek(place)
        header = file.read(8)
        if len(header) != 8:
            return None
        kind, length = struct.unpack("<4sI", header)
        kinds.add(kind)
        place += 8 + length + length % 2
    return WEBP if place == size + 8 and kinds & {b"VP8 ", b"VP8L"} else None


def _office(file: IO[bytes]) -> FileKind | None:
    """Take a ZIP from its first to its last byte, with one document in it and no macros."""
    if file.read(4) != b"PK\x03\x04":
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            is_whole = not archive.comment and min(one.header_offset for one in members) == 0
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    names = {one.filename for one in members}
    if (
        not is_whole
        or "[Content_Types].xml" not in names
        or any(one.flag_bits & 1 for one in members)  # encrypted
        or sum(one.file_size for one in members) > UNPACKED_MAX_BYTES
    ):
        return None
    documents = {"xl/workbook.xml": XLSX, "word/document.xml": DOCX}
    found = [kind for name, kind in documents.items() if name in names]
    return found[0] if len(found) == 1 else None


_CHECKS: dict[str, Callable[[IO[bytes]], FileKind | None]] = {
    "pdf": _pdf,
    "png": _png,
    "jpeg": _jpeg,
    "webp": _webp,
    "zip": _office,
}
