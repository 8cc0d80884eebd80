"""Documents that run, launch or fetch something are refused with the reason; ordinary ones pass."""

import io
import shutil
import subprocess
import zipfile
import zlib

import openpyxl
import pytest
from django.utils.translation import override

from qualiforma.active_content import reasons
from qualiforma.active_content.office import find_in_office
from qualiforma.active_content.pdf import READ_MAX_BYTES, find_in_pdf
from qualiforma.errors import InvalidFieldsError
from qualiforma.uploads import Upload, check_upload
from tests.files import DOCX, PDF, XLSX

HARMLESS = b"1 0 obj\n<</Type /Catalog /OpenAction [2 0 R /XYZ null null 0]>>\nendobj\n"


def pdf(*objects, trailer=b"<<>>"):
    return b"%PDF-1.5\n" + b"\n".join(objects) + b"\ntrailer\n" + trailer + b"\n%%EOF\n"


def stream(content, words=b"", filters=b"/Filter /FlateDecode", pack=zlib.compress):
    body = pack(content)
    head = b"<</Length %d %s %s>>" % (len(body), words, filters)
    return b"5 0 obj\n" + head + b"\nstream\r\n" + body + b"\nendstream\nendobj"


def packed(content, words=b"/Type /ObjStm", **more):
    return stream(b"9 0 " + content, words + b" /N 1 /First 4", **more)


SCRIPT = b"<</S /JavaScript /JS (app.alert\\(1\\))>>"
ACTIVE_PDF = {
    "a script": (pdf(b"2 0 obj " + SCRIPT), reasons.JAVASCRIPT),
    "an escaped name": (pdf(b"2 0 obj<</S/J#61vaScrip#74>>"), reasons.JAVASCRIPT),
    "a name alone": (pdf(b"2 0 obj /Java#53cript endobj"), reasons.JAVASCRIPT),
    "a rendition's script": (pdf(b"2 0 obj<</S/Rendition/#4aS 3 0 R>>"), reasons.JAVASCRIPT),
    "on opening": (pdf(b"2 0 obj<</OpenAction<</S/Launch/F(a.exe)>>>>"), reasons.LAUNCH),
    "a file inside": (pdf(b"2 0 obj<</Type/EmbeddedFile>>"), reasons.FILES_INSIDE),
    "a file without a type": (pdf(b"2 0 obj<</UF(a.exe)/EF<</F 3 0 R>>>>"), reasons.FILES_INSIDE),
    "a form of another kind": (pdf(b"2 0 obj<</AcroForm<</XFA 3 0 R>>>>"), reasons.XFA),
    "an animation": (pdf(b"2 0 obj<</Subtype/RichMedia>>"), reasons.MEDIA),
    "in an object stream": (pdf(packed(SCRIPT)), reasons.JAVASCRIPT),
    "in one without a type": (pdf(packed(SCRIPT, b"")), reasons.JAVASCRIPT),
    "in one that is not compressed": (
        pdf(packed(SCRIPT, filters=b"", pack=bytes)),
        reasons.JAVASCRIPT,
    ),
    "in a string that an offset may lead to": (
        pdf(b"2 0 obj (\n3 0 obj " + SCRIPT + b") endobj"),
        reasons.JAVASCRIPT,
    ),
    "in a picture that an offset may lead to": (
        pdf(stream(b"\n3 0 obj " + SCRIPT, filters=b"", pack=bytes)),
        reasons.JAVASCRIPT,
    ),
    "in an earlier version": (
        pdf(b"2 0 obj " + SCRIPT, b"2 0 obj null endobj"),
        reasons.JAVASCRIPT,
    ),
    "behind brackets that fit none": (
        pdf(b"2 0 obj [ >> >> endobj " + SCRIPT + b"]"),
        reasons.JAVASCRIPT,
    ),
    "behind a string with brackets": (
        pdf(b"2 0 obj <</A (\\)>>) /B <3e3e> " + SCRIPT + b">>"),
        reasons.JAVASCRIPT,
    ),
    "behind a comment": (pdf(b"2 %x\n0 obj %(\n" + SCRIPT), reasons.JAVASCRIPT),
    "in a trailer": (pdf(trailer=b"<</Root " + SCRIPT + b">>"), reasons.JAVASCRIPT),
    "a stream compressed twice": (
        pdf(packed(SCRIPT, filters=b"/Filter[/FlateDecode/FlateDecode]")),
        reasons.UNSEEN,
    ),
    "a stream compressed otherwise": (
        pdf(packed(SCRIPT, filters=b"/Filter/LZWDecode")),
        reasons.UNSEEN,
    ),
    "a damaged stream": (pdf(packed(SCRIPT, pack=bytes)), reasons.UNSEEN),
    "an encrypted stream": (
        pdf(packed(b"null"), trailer=b"<</Encrypt 3 0 R>>"),
        reasons.UNSEEN,
    ),
    "a head elsewhere": (
        pdf(stream(SCRIPT, b"/Type/ObjStm /N 1 /First 7 0 R")),
        reasons.UNSEEN,
    ),
    "a stream that unpacks to very much": (
        pdf(packed(b" " * READ_MAX_BYTES + b"null")),
        reasons.UNSEEN,
    ),
}
HARMLESS_PDF = {
    "the least": PDF,
    "opened at a page": pdf(HARMLESS),
    "a link to a page about it": pdf(
        b"2 0 obj<</S/URI/URI(https://developer.mozilla.org/fr/docs/Web/JavaScript)>>endobj"
    ),
    "a title": pdf(b"2 0 obj<</Title(Cours HTML/JavaScript /JS)>>endobj"),
    "a title in hexadecimal": pdf(b"2 0 obj<</Title<2f4a61766153637269707420>>>endobj"),
    "a text": pdf(stream(b"(HTML/JavaScript) Tj", filters=b"", pack=bytes)),
    "a comment": pdf(b"% /JavaScript\n" + HARMLESS),
    "objects in a stream": pdf(packed(b"<</Type/Page /A (\\) /JavaScript)>>")),
    "protected against changes": pdf(HARMLESS, trailer=b"<</Encrypt 3 0 R>>"),
    "many blanks": pdf(b"2 0 obj<<>>" + b" " * 5000 + b"endobj"),
}


@pytest.mark.parametrize(("content", "reason"), ACTIVE_PDF.values(), ids=ACTIVE_PDF)
def test_active_pdf(content, reason):
    assert find_in_pdf(io.BytesIO(content)) == reason


@pytest.mark.parametrize("content", HARMLESS_PDF.values(), ids=HARMLESS_PDF)
def test_harmless_pdf(content):
    assert find_in_pdf(io.BytesIO(content)) is None


TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">%s</Types>'
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)


def office(types="", main="word/document.xml", **parts):
    """A document; `parts` by name, in which `__` stands for a slash and `_dot_` for a dot."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES % types)
        for name, content in ({main: "<x/>"} | parts).items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return target.getvalue()


def of_type(kind, part="/word/x.bin"):
    return office(f'<Override PartName="{part}" ContentType="{kind}"/>')


def relation(kind, target, mode="External"):
    text = f'<Relationship Id="r" Type="{OFFICE}/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return office(**{"word/_rels/settings.xml.rels": RELATIONS % text})


def words(text, name="word/document.xml", encoding="utf-8"):
    body = f'<w:document xmlns:w="{WORD}">{text}</w:document>'
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    return office(**{name: (head + body).encode(encoding)})


def a_field(*codes):
    marks = '<w:fldChar w:fldCharType="%s"/>'
    inner = "".join(f"<w:r><w:instrText>{code}</w:instrText></w:r>" for code in codes)
    return marks % "begin" + inner + marks % "separate" + marks % "end"


def linked(element):
    text = f'<externalLink xmlns="http://x"><{element}/></externalLink>'
    return office(main="xl/workbook.xml", **{"xl/externalLinks/externalLink1.xml": text})


ACTIVE_OFFICE = {
    "macros": (office(**{"word/vbaProject.bin": "x"}), reasons.MACROS),
    "macros in other capitals": (office(**{"WORD\\VBAPROJECT.BIN": "x"}), reasons.MACROS),
    "macros of another name": (of_type("application/vnd.ms-office.vbaProject"), reasons.MACROS),
    "a kind with macros": (
        of_type("application/vnd.ms-word.document.macroEnabled.main+xml"),
        reasons.MACROS,
    ),
    "old macros": (of_type("application/vnd.ms-excel.macrosheet+xml"), reasons.MACROS),
    "a relation to macros": (relation("vbaProject", "x.bin", "Internal"), reasons.MACROS),
    "a remote template": (
        relation("attachedTemplate", "https://x.example/a.dotm"),
        reasons.TEMPLATE,
    ),
    "a template on a share": (
        relation("attachedTemplate", r"file:///\\x.example\a.dotm"),
        reasons.TEMPLATE,
    ),
    "an object": (office(**{"word/embeddings/x.png": OLE}), reasons.OLE),
    "a linked object": (relation("oleObject", "file:///x"), reasons.OLE),
    "a control": (relation("control", "activeX1.xml", "Internal"), reasons.ACTIVEX),
    "another control": (of_type("application/vnd.ms-office.activeX+xml"), reasons.ACTIVEX),
    "an imported page": (relation("aFChunk", "x.html", "Internal"), reasons.IMPORTED),
    "a field": (words(a_field("DDEAUTO c:\\x")), reasons.DDE),
    "a field in pieces": (words(a_field(" D", "DEAU", "TO c:\\x")), reasons.DDE),
    "a field in a footer": (words(a_field("dde x"), "word/footer1.xml"), reasons.DDE),
    "a field in UTF-16": (words(a_field("DDE x"), encoding="utf-16"), reasons.DDE),
    "a field in numbers": (words(a_field("QUOTE 68 68 69 65 85")), reasons.DDE),
    "a simple field": (words('<w:fldSimple w:instr="DDE x"/>'), reasons.DDE),
    "a field without an end": (words("<w:instrText>DDE x</w:instrText>"), reasons.DDE),
    "linked cells": (linked("ddeLink"), reasons.DDE),
    "linked objects": (linked("oleLink"), reasons.OLE),
    "a workbook inside": (
        office(**{"word/embeddings/a.xlsx": office(**{"xl/vbaProject.bin": "x"})}),
        reasons.MACROS,
    ),
    "two parts of one name": (office(**{"Word/Document.xml": "<x/>"}), reasons.UNSEEN),
    "a document type": (office(**{"word/a.xml": "<!DOCTYPE x><x/>"}), reasons.UNSEEN),
    "a damaged part": (office(**{"word/a.xml": "<x>"}), reasons.UNSEEN),
}
HARMLESS_OFFICE = {
    "the least": DOCX,
    "a workbook": XLSX,
    "a link": relation("hyperlink", "https://x.example/JavaScript"),
    "a picture from elsewhere": relation("image", "https://x.example/a.png"),
    "a template of this computer": relation("attachedTemplate", r"file:///C:\Modeles\a.dotx"),
    "the ordinary template": relation("attachedTemplate", "Normal.dotm"),
    "fields": words(a_field(' HYPERLINK "https://x.example/DDE"') + a_field("PAGE")),
    "a text": words("<w:t>DDEAUTO, macros, vbaProject.bin</w:t>"),
    "a chart's workbook": office(**{"word/embeddings/a.xlsx": XLSX}),
    "a link to another workbook": linked("externalBook"),
}


@pytest.mark.parametrize(("content", "reason"), ACTIVE_OFFICE.values(), ids=ACTIVE_OFFICE)
def test_active_office(content, reason):
    assert find_in_office(io.BytesIO(content)) == reason


@pytest.mark.parametrize("content", HARMLESS_OFFICE.values(), ids=HARMLESS_OFFICE)
def test_harmless_office(content):
    assert find_in_office(io.BytesIO(content)) is None


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_refusal_says_why(language):
    content, _reason = ACTIVE_PDF["a script"]
    upload = Upload("a.pdf", len(content), io.BytesIO(content))
    with override(language), pytest.raises(InvalidFieldsError) as refused:
        check_upload(upload)
    [error] = refused.value.errors
    said = {"fr": "il contient du JavaScript", "en": "it contains JavaScript"}
    with override(language):
        assert (error.field, error.code) == ("file", "active_content")
        assert said[language] in str(error.detail)


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx"])
@pytest.mark.parametrize("content", [OLE, office(main="content.xml", Basic__x_dot_xml="<x/>")])
def test_documents_of_other_kinds_are_not_taken(name, content):
    """Old Office files, OpenDocument: whatever runs in them."""
    if content != OLE:
        content = content.replace(b"[Content_Types].xml", b"META-INF_manifest.1")
    with pytest.raises(InvalidFieldsError) as refused:
        check_upload(Upload(name, len(content), io.BytesIO(content)))
    assert [error.code for error in refused.value.errors] == ["kind"]


def test_what_an_office_program_writes_is_taken(tmp_path):
    book = openpyxl.Workbook()
    sheet = book["Sheet"]
    sheet["A1"], sheet["B2"] = "HTML/JavaScript", "=SUM(1,2)"
    sheet["A1"].hyperlink = "https://developer.mozilla.org/fr/docs/Web/JavaScript"
    book.save(tmp_path / "a.xlsx")
    office_program = shutil.which("soffice")
    assert office_program, "an office program is needed"
    for form in ("pdf", "xlsx"):
        done = [office_program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
        done += ["--convert-to", form, "--outdir", str(tmp_path / "out"), str(tmp_path / "a.xlsx")]
        subprocess.run(done, check=True, capture_output=True, timeout=120)
        content = (tmp_path / "out" / f"a.{form}").read_bytes()
        check_upload(Upload(f"a.{form}", len(content), io.BytesIO(content)))
