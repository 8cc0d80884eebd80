"""Small files of each kind that is taken, made here."""

import io
import struct
import zipfile
import zlib

import openpyxl

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    + b"x" * 40
    + b"\xff\xd9"
)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
    + _chunk(b"IEND", b"")
)


def zipped(*names: str, comment: bytes = b"") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
        archive.comment = comment
    return target.getvalue()


def _xlsx() -> bytes:
    target = io.BytesIO()
    openpyxl.Workbook().save(target)
    return target.getvalue()


XLSX = _xlsx()
DOCX = zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml")
TAKEN = {"a.pdf": PDF, "a.jpg": JPEG, "a.jpeg": JPEG, "a.png": PNG, "a.xlsx": XLSX, "a.docx": DOCX}
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
REFUSED = {
    "a page named .pdf": ("a.pdf", PAGE),
    "a page with a PDF's mark": ("a.pdf", PAGE + PDF),
    "a PDF that is a ZIP too": ("a.pdf", PDF + DOCX),
    "a PDF with a page before it": ("a.pdf", b"<html>" + PDF),
    "a PDF cut short": ("a.pdf", PDF[:20]),
    "a picture with a page behind it": ("a.png", PNG + PAGE),
    "a PDF with a page behind it": ("a.pdf", PDF + PAGE),
    "a picture with a ZIP behind it": ("a.png", PNG + DOCX),
    "a picture cut short": ("a.png", PNG[:-8]),
    "a picture with a wrong check sum": ("a.png", PNG.replace(b"IDAT", b"IDAX")),
    "a photo with a page behind it": ("a.jpg", JPEG + PAGE),
    "a photo without an end": ("a.jpg", JPEG[:-2]),
    "a ZIP": ("a.docx", zipped("readme.txt")),
    "a ZIP behind something": ("a.docx", b"xx" + DOCX),
    "a document with macros": (
        "a.docx",
        zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    ),
    "two documents in one": (
        "a.docx",
        zipped("[Content_Types].xml", "word/document.xml", "xl/workbook.xml"),
    ),
    "a document with a remark": (
        "a.docx",
        zipped("[Content_Types].xml", "word/document.xml", comment=b"x"),
    ),
    "a program": ("a.pdf", b"MZ" + b"\0" * 100),
    "a script": ("a.pdf", b"#!/bin/sh\n%PDF-1.4\n%%EOF"),
    "a drawing": ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "a text": ("a.pdf", b"Bonjour"),
    "a name of another kind": ("a.png", PDF),
    "no extension": ("rapport", PDF),
}
