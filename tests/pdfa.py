"""A check of PDF files against ISO 19005-2 (PDF/A-2), level B, by qpdf and what its objects say.

veraPDF, the reference, comes in no package registry. This reads every object of a file and applies
the clauses that concern what a text document can hold; the words of a fault name the clause. Not
covered: operators in content streams, embedded CMaps, JPEG 2000, signatures.
"""

import base64
import json
import re
import subprocess
import zlib
from io import BytesIO
from tempfile import NamedTemporaryFile
from typing import Any

from fontTools.ttLib import TTFont

FORBIDDEN_ACTIONS = {
    *("/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState"),
    *("/Rendition", "/Trans", "/GoTo3DView", "/JavaScript"),
}
FORBIDDEN_ANNOTATIONS = {"/3D", "/Sound", "/Screen", "/Movie", "/FileAttachment"}
# Key of a dictionary to the clause that forbids it.
FORBIDDEN_KEYS = {
    "/Encrypt": "6.1.3 encryption",
    "/AA": "6.5.2 additional actions",
    "/XFA": "6.4.2 XFA",
    "/NeedsRendering": "6.4.2 XFA",
    "/EF": "6.8 embedded files",
    "/EmbeddedFiles": "6.8 embedded files",
    "/TR": "6.2.5 transfer functions",
    "/HTP": "6.2.5 halftone phase",
    "/OPI": "6.2.8 open prepress interface",
    "/Alternates": "6.2.8 alternate images",
    "/Ref": "6.2.9 reference objects",
    "/AlternatePresentations": "6.10 presentations",
    "/PresSteps": "6.10 presentations",
    "/Requirements": "6.11 requirements",
}
FORBIDDEN_STREAM_KEYS = {"/F", "/FFilter", "/FDecodeParms"}
FORBIDDEN_FILTERS = {"/LZWDecode", "/Crypt"}
HEADER = re.compile(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}")
END = re.compile(rb"%%EOF\r?\n?\Z")


class Checked:
    """A PDF file's objects, by qpdf. `faults` names each clause that is broken."""

    def __init__(self, pdf: bytes) -> None:
        self.faults: list[str] = []
        self._require(HEADER.match(pdf), "6.1.2 header")
        self._require(END.search(pdf), "6.1.3 something follows the end")
        self._check_syntax(pdf)
        objects = json.loads(_qpdf("--json=2", "--json-stream-data=inline", pdf=pdf).stdout)
        self._objects: dict[str, Any] = objects["qpdf"][1]
        self._trailer = self._objects["trailer"]["value"]
        self._require("/ID" in self._trailer, "6.1.3 no file identifier")
        for one in self._objects.values():
            self._walk(one.get("value"))
            if "stream" in one:
                self._check_stream(one["stream"]["dict"])
        catalog = self._of(self._trailer["/Root"])
        self._check_metadata(catalog)
        self._check_colours(catalog)

    def _require(self, holds: object, clause: str) -> None:
        if not holds:
            self.faults.append(clause)

    def _check_syntax(self, pdf: bytes) -> None:
        said = _qpdf("--check", pdf=pdf)
        self._require(said.returncode == 0, f"6.1 syntax: {said.stderr.decode()}")

    def _of(self, value: Any) -> Any:
        """Return what a reference leads to; of a stream, its dictionary."""
        if isinstance(value, str) and re.fullmatch(r"\d+ \d+ R", value):
            found = self._objects[f"obj:{value}"]
            return found["stream"]["dict"] if "stream" in found else found["value"]
        return value

    def _content(self, reference: str) -> bytes:
        stream = self._objects[f"obj:{reference}"]["stream"]
        data = base64.b64decode(stream["data"])
        return zlib.decompress(data) if stream["dict"].get("/Filter") else data

    def _walk(self, value: Any) -> None:
        """Check a value and what stands in it; what it refers to is an object of its own."""
        if isinstance(value, list):
            for one in value:
                self._walk(one)
        elif isinstance(value, dict):
            self._check_dictionary(value)
            for one in value.values():
                self._walk(one)
        elif isinstance(value, int | float):
            self._require(abs(value) <= 2**31 - 1, "6.1.13 numbers")
        elif isinstance(value, str) and value.startswith("/"):
            self._require(len(value.encode()) <= 128, "6.1.13 long names")

    def _check_dictionary(self, value: dict[str, Any]) -> None:
        for key in value.keys() & FORBIDDEN_KEYS.keys():
            self.faults.append(FORBIDDEN_KEYS[key])
        self._require(value.get("/TR2", "/Default") == "/Default", "6.2.5 transfer functions")
        if value.get("/S") in FORBIDDEN_ACTIONS and value.get("/Type", "/Action") == "/Action":
            self.faults.append("6.5.1 actions")
        if value.get("/Type") == "/Annot":
            self._check_annotation(value)
        if value.get("/Type") == "/Font":
            self._check_font(value)

    def _check_annotation(self, value: dict[str, Any]) -> None:
        kind = value["/Subtype"]
        self._require(kind not in FORBIDDEN_ANNOTATIONS, "6.3.1 annotations")
        flags = self._of(value.get("/F", 0))
        printed_only = flags & 0b100 and not flags & 0b100011
        self._require(kind == "/Popup" or printed_only, "6.3.2 annotations are printed")
        self._require(kind in {"/Popup", "/Link"} or "/AP" in value, "6.3.3 appearances")

    def _check_font(self, font: dict[str, Any]) -> None:
        if font["/Subtype"] == "/Type0":
            self._require(font["/Encoding"] in {"/Identity-H", "/Identity-V"}, "6.2.11.3 CMaps")
            return
        if font["/Subtype"] == "/Type3":
            return
        descriptor = self._of(font.get("/FontDescriptor")) or {}
        files = [
            descriptor[one]
            for one in ("/FontFile", "/FontFile2", "/FontFile3")
            if one in descriptor
        ]
        self._require(files, "6.2.11.4 fonts are embedded")
        if font["/Subtype"] == "/CIDFontType2":
            self._require("/CIDToGIDMap" in font, "6.2.11.3 CIDToGIDMap")
            if files and font.get("/CIDToGIDMap") == "/Identity":
                self._check_widths(font, TTFont(BytesIO(self._content(files[0]))))

    def _check_widths(self, font: dict[str, Any], program: TTFont) -> None:
        units, names = program["head"].unitsPerEm, program.getGlyphOrder()
        for cid, width in _widths(self._of(font.get("/W", []))):
            stated = program["hmtx"][names[cid]][0] * 1000 / units
            self._require(abs(stated - width) <= 1, f"6.2.11.5 width of glyph {cid}")

    def _check_stream(self, value: dict[str, Any]) -> None:
        self._walk(value)
        self._require(not value.keys() & FORBIDDEN_STREAM_KEYS, "6.1.7.1 external streams")
        filters = value.get("/Filter", [])
        named = {filters} if isinstance(filters, str) else set(filters)
        self._require(not named & FORBIDDEN_FILTERS, "6.1.7.2 filters")
        if value.get("/Subtype") == "/Image":
            self._require(not value.get("/Interpolate"), "6.2.8 interpolation")
        self._require(value.get("/Subtype") != "/PS", "6.2.9 PostScript")

    def _check_metadata(self, catalog: dict[str, Any]) -> None:
        """Check the XMP packet, and that the information dictionary says the same."""
        if "/Metadata" not in catalog:
            self.faults.append("6.6.2 no metadata")
            return
        self._require("/Filter" not in self._of(catalog["/Metadata"]), "6.6.2.1 metadata is plain")
        packet = self._content(catalog["/Metadata"]).decode()
        for name, value in (("part", "2"), ("conformance", "B")):
            stated = f"<pdfaid:{name}>{value}</pdfaid:{name}>"
            self._require(stated in packet, f"6.6.4 {name}")
        info = self._of(self._trailer.get("/Info")) or {}
        title = info.get("/Title", "u:").removeprefix("u:")
        self._require(_escaped(title) in packet, "6.6.3 the titles differ")

    def _check_colours(self, catalog: dict[str, Any]) -> None:
        intents = [self._of(one) for one in self._of(catalog.get("/OutputIntents", []))]
        ours = [one for one in intents if one.get("/S") == "/GTS_PDFA1"]
        self._require(len(ours) == 1, "6.2.3 output intent")
        for one in ours:
            profile = self._content(one["/DestOutputProfile"])
            self._require(profile[36:40] == b"acsp", "6.2.3 ICC profile")
            count = {b"RGB ": 3, b"GRAY": 1, b"CMYK": 4}.get(profile[16:20])
            stated = self._of(one["/DestOutputProfile"])["/N"]
            self._require(count == stated, "6.2.3 components of the ICC profile")


def faults(pdf: bytes) -> list[str]:
    """Return the clauses of ISO 19005-2 that a file breaks."""
    return Checked(pdf).faults


def _widths(array: list[Any]) -> list[tuple[int, float]]:
    """Return the widths of glyphs of `c [w1 w2 …]` and `first last w`."""
    found, rest = [], list(array)
    while rest:
        first, following = rest[0], rest[1]
        if isinstance(following, list):
            found += [(first + rank, width) for rank, width in enumerate(following)]
            rest = rest[2:]
        else:
            found += [(cid, rest[2]) for cid in range(first, following + 1)]
            rest = rest[3:]
    return found


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _qpdf(*words: str, pdf: bytes) -> "subprocess.CompletedProcess[bytes]":
    with NamedTemporaryFile(suffix=".pdf") as file:  # it reads back and forth
        file.write(pdf)
        file.flush()
        return subprocess.run(["qpdf", *words, file.name], capture_output=True, check=False)
