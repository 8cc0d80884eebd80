"""PDF documents: PDF/A-2b, made by typst from data, the same bytes for the same data.

A `Document` is a title and blocks; its one layout is `document.typ`. Texts are data there, never
markup. Fonts lie beside it, so that a document looks the same on each machine.
Source: qualiopi, "Audit bundle"; evidence, "Audit bundle".
"""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qualiforma.typography import join_signs

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
MISSING = "\N{WHITE SQUARE}"
CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)

# How many threads typst makes a document with, unless the environment says. Two cost half as much
# processor time again, and wait for one another where other processes use the processors.
os.environ.setdefault("RAYON_NUM_THREADS", "1")

Block = dict[str, Any]


def heading(text: object, level: int = 2) -> Block:
    """Return a heading of level 2 or 3; the title is level 1."""
    return {"kind": "heading", "text": str(text), "level": level}


def paragraph(text: object) -> Block:
    """Return a text; its line breaks are kept."""
    return {"kind": "text", "text": str(text)}


def note(text: object) -> Block:
    """Return a text in a frame, for what must not be overlooked."""
    return {"kind": "note", "text": str(text)}


def bullets(items: Sequence[object]) -> Block:
    """Return a list, a dot before each item."""
    return {"kind": "list", "items": [str(one) for one in items]}


def facts(rows: Sequence[tuple[object, object]]) -> Block:
    """Return names and values, one pair a line; those without a value are left out."""
    return {"kind": "facts", "rows": [[str(a), str(b)] for a, b in rows if b not in (None, "")]}


def table(head: Sequence[object], rows: Sequence[Sequence[object]], widths: Sequence[int]) -> Block:
    """Return a table whose head is repeated on each page; `widths` are shares of the page's."""
    lines = [["–" if cell in (None, "") else str(cell) for cell in row] for row in rows]
    return {"kind": "table", "head": list(map(str, head)), "rows": lines, "widths": list(widths)}


@dataclass(frozen=True)
class Document:
    """What is to be printed. Shape: texts as they are shown, in the language that is active."""

    title: str
    organisation: str
    subtitle: str = ""
    header: str = ""
    footer: str = ""
    landscape: bool = False
    blocks: list[Block] = field(default_factory=list)


def render_pdf(document: Document, *, made_at: datetime) -> bytes:
    """Return the document as PDF/A-2b. Cost: about 50 ms, and 1 ms for each row of a table.

    The bytes follow from the document, `made_at` and the language alone. French texts are broken at
    no space before a sign or after a figure.
    Characters that no font of ours has are shown as an empty square: PDF/A allows no other.
    """
    import typst  # with its fonts 7 MiB, which only those who make documents need

    day = timezone.localtime(made_at)
    data = {
        "title": document.title,
        "organisation": document.organisation,
        "subtitle": document.subtitle,
        "header": document.header,
        "footer": document.footer or _("Établi le %s") % date_format(day, "DATE_FORMAT"),
        "landscape": document.landscape,
        "blocks": document.blocks,
    }
    language = (get_language() or "fr")[:2]
    settings = {"language": language, "made": [day.year, day.month, day.day]}
    return bytes(
        typst.compile(
            str(HERE / "document.typ"),
            root=str(HERE),
            format="pdf",
            pdf_standards=["a-2b"],
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(_printable(data, language) | settings)},
            timestamp=int(made_at.astimezone(UTC).timestamp()),
        )
    )


def _printable(value: Any, language: str) -> Any:
    """Return the same data with only characters that a font of ours has, French texts joined."""
    if isinstance(value, str):
        text = CONTROL.sub("", join_signs(value) if language == "fr" else value)
        return "".join(
            one if one.isspace() or ord(one) in _characters() else MISSING for one in text
        )
    if isinstance(value, list):
        return [_printable(one, language) for one in value]
    if isinstance(value, dict):
        return {name: _printable(one, language) for name, one in value.items()}
    return value


@cache
def _characters() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    codes: set[int] = set()
    for path in FONTS.glob("*.ttf"):
        with TTFont(path, lazy=True) as font:
            codes.update(font.getBestCmap())
    return frozenset(codes)
