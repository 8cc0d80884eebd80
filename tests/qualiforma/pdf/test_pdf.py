"""PDF documents: PDF/A, the same bytes for the same data, texts that stay texts."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from qualiforma.pdf import (
    Document,
    bullets,
    facts,
    heading,
    note,
    paragraph,
    render_pdf,
    table,
)
from tests.pdfa import faults

AT = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)  # the 30th in Paris
DOCUMENT = Document(
    title="Plan d’amélioration",
    organisation="Organisme Été",
    blocks=[
        heading("Fiche"),
        facts([("Responsable", "Alice Durand"), ("Échéance", ""), ("Motif", None)]),
        note("Il manque une pièce."),
        paragraph("Une phrase."),
        bullets(["un", "deux"]),
        table(["Action", "Personne"], [["Écrire", "Bob"], ["Relire", None]], [3, 1]),
    ],
)


def poppler(program, pdf, tmp_path):
    path = tmp_path / "document.pdf"
    path.write_bytes(pdf)
    command = [program, *(["-layout", path, "-"] if program == "pdftotext" else [path])]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert not done.stderr
    return done.stdout


def test_text_is_read_by_another_program(tmp_path):
    text = poppler("pdftotext", render_pdf(DOCUMENT, made_at=AT), tmp_path)
    for part in (
        "Plan d’amélioration",
        "Organisme Été",
        "Alice Durand",
        "Il manque",
        "Bob",
        "1/1",
    ):
        assert part in text
    assert "Établi le 30 novembre 2026" in text
    assert "Échéance" not in text
    with translation.override("en"):
        text = poppler("pdftotext", render_pdf(DOCUMENT, made_at=AT), tmp_path)
    assert "Drawn up on" in text


def test_it_is_pdf_a_and_every_font_is_embedded(tmp_path):
    pdf = render_pdf(DOCUMENT, made_at=AT)
    assert b"pdfaid:part>2<" in pdf
    assert b"pdfaid:conformance>B<" in pdf
    assert faults(pdf) == []
    fonts = poppler("pdffonts", pdf, tmp_path).splitlines()[2:]
    assert fonts
    assert all("yes yes yes" in line for line in fonts)  # embedded, a subset, mapped to Unicode


@pytest.mark.parametrize(
    ("old", "new", "clause"),
    [
        (b"/GTS_PDFA1", b"/GTS_PDFX1", "6.2.3 output intent"),
        (b"/FontFile2", b"/FontFileX", "6.2.11.4 fonts are embedded"),
        (b"conformance>B<", b"conformance>A<", "6.6.4 conformance"),
        (b"/CIDToGIDMap", b"/CIDToGIDMaq", "6.2.11.3 CIDToGIDMap"),
        (b"/ID[(", b"/IX[(", "6.1.3 no file identifier"),
        (b"/DW 0", b"/AA 0", "6.5.2 additional actions"),
    ],
)
def test_a_file_that_breaks_a_clause_is_found_out(old, new, clause):
    """The check itself: it must not pass everything."""
    pdf = render_pdf(DOCUMENT, made_at=AT)
    assert old in pdf
    assert clause in faults(pdf.replace(old, new))


def test_one_thread_makes_a_document():
    """In a process of its own: the number is settled by the first document."""
    program = (
        "import os\n"
        "from datetime import UTC, datetime\n"
        "import django\n"
        "django.setup()\n"
        "from qualiforma.pdf import Document, render_pdf\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "render_pdf(Document('T', 'O'), made_at=datetime.now(UTC))\n"
        "print(len(os.listdir('/proc/self/task')) - before)\n"
    )
    env = {name: value for name, value in os.environ.items() if name != "RAYON_NUM_THREADS"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 1


def test_same_data_same_bytes():
    assert render_pdf(DOCUMENT, made_at=AT) == render_pdf(DOCUMENT, made_at=AT)
    later = render_pdf(DOCUMENT, made_at=AT + timedelta(days=1))
    assert later != render_pdf(DOCUMENT, made_at=AT)


@pytest.mark.parametrize(
    "text",
    [
        '#import "x.typ" #panic("no")',
        "*gras* _penché_ $x$ = titre @ref <label> // commentaire",
        '\\ { [ ] } `code` ~ --- "guillemets"',
        "= + - @ http://example.org",
    ],
)
def test_markup_in_a_text_stays_text(text, tmp_path):
    made = render_pdf(replace(DOCUMENT, blocks=[paragraph(text)]), made_at=AT)
    shown = "".join(poppler("pdftotext", made, tmp_path).split())
    assert "".join(text.split())[:20] in shown.replace("ﬁ", "fi")


@pytest.mark.parametrize(
    "text",
    ["漢字", "\x00\x1b\x7f", "\U0010ffff", "\N{RIGHT-TO-LEFT OVERRIDE}x", "😀 Ελληνικά Привет"],
)
def test_no_character_stops_a_document(text):
    document = replace(DOCUMENT, title=text, blocks=[table([text], [[text]], [1])])
    assert render_pdf(document, made_at=AT).startswith(b"%PDF")


def test_a_long_word_stays_on_the_page(tmp_path):
    document = replace(DOCUMENT, blocks=[table(["A", "B"], [["x" * 2000, "fin"]], [1, 1])])
    text = poppler("pdftotext", render_pdf(document, made_at=AT), tmp_path)
    assert text.count("x") == 2000


def test_a_table_s_head_is_on_each_page(tmp_path):
    rows = [[f"Action {rank}", "Bob"] for rank in range(200)]
    document = replace(DOCUMENT, blocks=[table(["Entête", "Personne"], rows, [3, 1])])
    text = poppler("pdftotext", render_pdf(document, made_at=AT), tmp_path)
    assert text.count("Entête") == text.count("\f") > 3
    assert "Action 199" in text


@pytest.mark.parametrize(("language", "is_broken"), [("fr", False), ("en", True)])
def test_french_lines_are_not_broken_before_a_sign(tmp_path, language, is_broken):
    """The first words get longer, so that lines end at each of the blanks."""
    texts = [f"{'m' * length} : « fin » ; 20 jours ?" for length in range(4, 20)]
    rows = [[one, ""] for one in texts]
    document = replace(DOCUMENT, title="Oui ?", blocks=[table(["A", "B"], rows, [1, 3])])
    with translation.override(language):
        pdf = render_pdf(document, made_at=AT)
    lines = poppler("pdftotext", pdf, tmp_path).splitlines()
    begins = {line.split()[0] for line in lines if line.strip()}
    assert bool(begins & {":", ";", "?", "»", "jours"}) is is_broken
    assert b"/Title(Oui ?)" in pdf
    assert faults(pdf) == []
