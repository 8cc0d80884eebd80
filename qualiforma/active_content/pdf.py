"""Active content of PDF files.

Readers find objects by offsets, which may lead into strings, streams and earlier versions of the file, and
repair what is broken. So no offset is followed here: wherever the keyword `obj` stands, an object is read;
so are those of each object stream. Strings, comments and the data of other streams are no names: a link
to a page about JavaScript is harmless.
Source: ISO 32000-1, 7.2 (lexical conventions), 7.3 (objects), 7.5.7 (object streams).
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from qualiforma.active_content import reasons
from qualiforma.active_content.reasons import Budget, UnseenError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Of syntax, unpacked object streams included; pictures and texts are not read. More is refused.
READ_MAX_BYTES = 32 * 1024 * 1024
# Of the list of offsets that an object stream begins with: some 100,000 objects.
HEAD_MAX_BYTES = 1024 * 1024
PIECE_BYTES = 64 * 1024
_BEGIN = re.compile(rb"(?<=[\0\t\n\f\r \d])obj(?![A-Za-z])|trailer")
_PART = re.compile(
    rb"/(?P<name>[^\0\t\n\f\r ()<>\[\]{}/%]*)|(?P<bracket><<|\[|>>|\])"
    rb"|(?P<hex><[^>]*>?)|(?P<string>\()|%[^\r\n]*|(?P<words>[^/<>\[\]()%]+)|.",
    re.DOTALL,
)
_IN_STRING = re.compile(rb"\\.|[()]", re.DOTALL)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"(?:[\0\t\n\f\r ]++|%[^\r\n]*+)*+stream[ \t]*\r?\n?")
_SPACE = b"\0\t\n\f\r "
_CLOSER = {b"<<": b">>", b"[": b"]"}

_NAMES = (
    ({b"JavaScript", b"JS", b"OnInstantiate"}, reasons.JAVASCRIPT),
    ({b"Launch"}, reasons.LAUNCH),
    ({b"EmbeddedFile", b"EmbeddedFiles"}, reasons.FILES_INSIDE),
    ({b"RichMedia"}, reasons.MEDIA),
    ({b"XFA"}, reasons.XFA),
)
_FILE = {b"EF"}
_FILE_NAMES = {b"F", b"UF", b"Filespec"}
_KNOWN = {b"Fl", b"Crypt", b"Filter", b"Predictor", b"Encrypt", b"ObjStm", b"N", b"First"}.union(
    _FILE, _FILE_NAMES, *(names for names, _reason in _NAMES)
)


@dataclass
class _Object:
    """The names of an object that matter here, in order, and each number that stands after `/First`.

    `stream`: where its data begins, None without any.
    """

    names: list[bytes] = field(default_factory=list)
    firsts: set[bytes] = field(default_factory=set)
    stream: int | None = None

    def reason(self) -> "StrOrPromise | None":
        """Return why no document with this object is taken."""
        names = set(self.names)
        for active, reason in _NAMES:
            if active & names:
                return reason
        return reasons.FILES_INSIDE if names & _FILE and names & _FILE_NAMES else None

    def is_packed(self) -> bool:
        """Say whether readers take it for an object stream; some do not ask for its type."""
        names = set(self.names)
        return self.stream is not None and (b"ObjStm" in names or {b"N", b"First"} <= names)


def find_in_pdf(file: IO[bytes]) -> "StrOrPromise | None":
    """Return why a PDF is not taken. Cost: reads it whole; time and memory are bounded."""
    file.seek(0)
    try:
        return _Reader(file.read()).reason()
    except UnseenError:
        return reasons.UNSEEN


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._budget = Budget(READ_MAX_BYTES)

    def reason(self) -> "StrOrPromise | None":
        is_encrypted = has_packed = False
        for one in self._objects():
            if found := one.reason():
                return found
            is_encrypted |= b"Encrypt" in one.names
            has_packed |= one.is_packed()
        return reasons.UNSEEN if is_encrypted and has_packed else None

    def _objects(self) -> Iterator[_Object]:
        for begin in _BEGIN.finditer(self._data):
            one, end = self._object(self._data, begin.end())
            if stream := _STREAM.match(self._data, end):
                one.stream = stream.end()
            yield one
            if one.is_packed():
                yield from self._packed(one)

    def _object(self, data: bytes, start: int) -> tuple[_Object, int]:
        """Read one object; return it and where it ends."""
        found, at, after_first = _Object(), start, False
        closers: list[bytes] = []
        while part := _PART.match(data, at):
            at, kind = part.end(), part.lastgroup
            if kind is None or not part[0].strip(_SPACE):
                continue
            name = _ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), part["name"] or b"")
            if name in _KNOWN or name.endswith(b"Decode"):
                found.names.append(name)
            if kind == "string":
                at = _end_of_string(data, at)
            elif kind == "bracket":
                _bracket(closers, part["bracket"])
            elif kind == "words" and after_first:
                found.firsts.add(part["words"].strip(_SPACE))
            after_first = name == b"First"
            if not closers:
                break
        self._budget.spend(at - start)
        return found, at

    def _packed(self, one: _Object) -> Iterator[_Object]:
        """Yield the objects of an object stream. Errors: `UnseenError`."""
        firsts = [int(words[:9]) for words in one.firsts if words.isdigit()]
        is_clear = len(one.firsts) == len(firsts) == 1 and firsts[0] <= HEAD_MAX_BYTES
        if not is_clear or one.stream is None:
            raise UnseenError
        content, base = self._unpacked(one.names, one.stream)
        [first] = firsts
        self._budget.spend(first)
        for offset in content[base : base + first].split()[1::2]:
            if not offset.isdigit():
                raise UnseenError
            yield self._object(content, base + first + int(offset[:9]))[0]

    def _unpacked(self, names: list[bytes], at: int) -> tuple[bytes, int]:
        """Return content, and where in it the object stream begins. Errors: `UnseenError`."""
        if b"Filter" not in names:
            return self._data, at
        filters = [name for name in names if name in {b"Fl", b"Crypt"} or name.endswith(b"Decode")]
        if filters not in ([b"FlateDecode"], [b"Fl"]) or b"Predictor" in names:
            raise UnseenError
        unpack, pieces, source = zlib.decompressobj(), [], b""
        try:
            while not unpack.eof and (source or at < len(self._data)):
                if not source:
                    source, at = self._data[at : at + PIECE_BYTES], at + PIECE_BYTES
                pieces.append(unpack.decompress(source, PIECE_BYTES))
                source = unpack.unconsumed_tail
                self._budget.spend(len(pieces[-1]))
        except zlib.error as error:
            raise UnseenError from error
        return b"".join(pieces), 0


def _bracket(closers: list[bytes], bracket: bytes) -> None:
    """Open or close; what closes nothing is passed over, as readers do."""
    if bracket in _CLOSER:
        closers.append(_CLOSER[bracket])
    elif closers[-1:] == [bracket]:
        closers.pop()


def _end_of_string(data: bytes, at: int) -> int:
    depth = 1
    for part in _IN_STRING.finditer(data, at):
        depth += {b"(": 1, b")": -1}.get(part[0], 0)
        if depth == 0:
            return part.end()
    return len(data)
