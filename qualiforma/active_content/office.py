"""Active content of Office Open XML files: DOCX and XLSX.

Names of parts prove nothing: content types and relationships say what a part is, and what stands in it.
Source: ECMA-376, part 2 (packages); [MS-OFFMACRO2], [MS-OI29500] (types of macros, controls, links).
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree

from qualiforma.active_content import reasons
from qualiforma.active_content.reasons import Budget, UnseenError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

READ_MAX_BYTES = 64 * 1024 * 1024  # of what is parsed; sheets and pictures are not
PART_COST = 4096  # of opening a part, in bytes of reading
NESTED_MAX = 3  # a chart's workbook in a document
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_CONTENT_TYPES = "[content_types].xml"

# What a content type or a relationship's type ends or begins with, in lower case.
_TYPES = (
    (("macroenabled", "vbaproject", "vbadata", "macrosheet", "attachedtoolbars"), reasons.MACROS),
    (("activex", "/control", "controlbinary"), reasons.ACTIVEX),
    (("oleobject",), reasons.OLE),
    (("afchunk", "/subdocument", "/frame", "/mailmerge"), reasons.IMPORTED),
)
_LOCAL_TEMPLATE = re.compile(r"(?:file:///)?[a-z]:[\\/]|[^/\\:]+\Z", re.IGNORECASE)
# `QUOTE 68 68 69` writes the letters of another code.
_ASKS = re.compile(r"\W*(?:DDE(?:AUTO)?\b|QUOTE(?:\s+\d+){3})", re.IGNORECASE)
_LINKED = {"ddelink": reasons.DDE, "olelink": reasons.OLE}


def find_in_office(file: IO[bytes]) -> "StrOrPromise | None":
    """Return why a document is not taken. Cost: reads its XML but sheets; time is bounded."""
    file.seek(0)
    try:
        return _find(file, 1, Budget(READ_MAX_BYTES))
    except (
        UnseenError,
        ElementTree.ParseError,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        ValueError,
        EOFError,
        zlib.error,
        OSError,
    ):
        return reasons.UNSEEN


def _find(file: IO[bytes], level: int, budget: Budget) -> "StrOrPromise | None":
    with zipfile.ZipFile(file) as archive:
        return next(_Package(archive, level, budget).reasons(), None)


class _Package:
    def __init__(self, archive: zipfile.ZipFile, level: int, budget: Budget) -> None:
        self._archive, self._level, self._budget = archive, level, budget
        self._members = {_plain(one.filename): one for one in archive.infolist()}
        if len(self._members) != len(archive.infolist()) or _CONTENT_TYPES not in self._members:
            raise UnseenError  # of two parts of one name, programs read either
        budget.spend(len(self._members) * PART_COST)

    def reasons(self) -> Iterator["StrOrPromise"]:
        kinds = {}
        for element in self._elements(_CONTENT_TYPES):
            kind, part = element.get("ContentType", "").lower(), element.get("PartName", "")
            yield from _of_type(kind)
            kinds[_plain(part)] = kind
        for name in self._members:
            yield from self._of_part(name, kinds.get(name, ""))
            yield from self._of_content(name)

    def _of_part(self, name: str, kind: str) -> Iterator["StrOrPromise"]:
        is_xml = name.endswith(".xml")
        if name.endswith(("vbaproject.bin", "vbadata.xml")):
            yield reasons.MACROS
        elif name.endswith(".rels"):
            yield from self._of_relations(name)
        elif "wordprocessingml" in kind or (is_xml and name.startswith("word/")):
            yield from self._of_fields(name)
        elif "externallink" in kind or (is_xml and "externallink" in name):
            found = (_LINKED.get(_local(one.tag)) for one in self._elements(name))
            yield from filter(None, found)

    def _of_relations(self, name: str) -> Iterator["StrOrPromise"]:
        for element in self._elements(name):
            kind = element.get("Type", "").lower()
            yield from _of_type(kind)
            is_outside = element.get("TargetMode", "").lower() == "external"
            target = element.get("Target", "").strip()
            is_template = kind.endswith("/attachedtemplate")
            if is_outside and is_template and not _LOCAL_TEMPLATE.match(target):
                yield reasons.TEMPLATE

    def _of_fields(self, name: str) -> Iterator["StrOrPromise"]:
        """Look for fields that ask another program; a field's code may stand in pieces."""
        open_codes, codes = [""], []
        for element in self._elements(name):
            tag = _local(element.tag)
            values = {_local(key): value for key, value in element.attrib.items()}
            if tag == "fldsimple":
                codes.append(values.get("instr", ""))
            elif tag == "instrtext":
                open_codes[-1] += element.text or ""
            elif tag == "fldchar" and values.get("fldchartype") == "begin":
                open_codes.append("")
            elif values.get("fldchartype") == "end" and len(open_codes) > 1:
                codes.append(open_codes.pop())
        for code in (*codes, *open_codes):
            if _ASKS.match(code):
                yield reasons.DDE

    def _of_content(self, name: str) -> Iterator["StrOrPromise"]:
        """Look into parts that are files of their own."""
        with self._archive.open(self._members[name]) as part:
            head = part.read(len(_OLE))
            if head == _OLE:
                yield reasons.OLE
            if head.startswith(_ZIP):
                if self._level == NESTED_MAX:
                    raise UnseenError
                self._budget.spend(self._members[name].file_size)
                inner = _find(io.BytesIO(head + part.read()), self._level + 1, self._budget)
                yield from [inner] if inner else []

    def _elements(self, name: str) -> Iterator[ElementTree.Element]:
        """Yield the elements of a part, each when it is read to its end."""
        self._budget.spend(self._members[name].file_size)
        with self._archive.open(self._members[name]) as part:
            content = part.read()
        if b"<!DOCTYPE" in content.replace(b"\0", b""):  # in no part of a document
            raise UnseenError
        for _event, element in ElementTree.iterparse(io.BytesIO(content), ["end"]):  # noqa: S314 - no document type, hence no entities
            yield element
            element.clear()


def _of_type(kind: str) -> Iterator["StrOrPromise"]:
    for words, reason in _TYPES:
        if any(word in kind for word in words):
            yield reason


def _plain(name: str) -> str:
    return name.replace("\\", "/").lower().lstrip("/")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()
