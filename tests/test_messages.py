"""The English catalogue: every French text has its translation, and it is compiled."""

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils.translation import ngettext, override

from qualiforma.server.messages import extract_django

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "locale" / "en" / "LC_MESSAGES"
KEYWORDS = {"_": None, "_lazy": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2)}


@pytest.fixture(scope="module")
def catalogue():
    with (FOLDER / "django.po").open("rb") as file:
        return read_po(file, locale="en")


def forms(text: Any) -> list[str]:
    """A text's one form, or its singular and plural."""
    return [text] if isinstance(text, str) else list(text)


def test_every_text_is_translated(catalogue):
    texts = {
        text
        for folder in ("qualiforma", "improvements", "compliance", "actionplans")
        for _, _, text, _, _ in extract_from_dir(ROOT / folder, keywords=KEYWORDS)
    }
    for page in (ROOT / "templates").rglob("*.*"):
        with page.open("rb") as file:
            found = [text for _, _, text, _ in extract_django(file, {}, [], {})]
            texts |= {tuple(map(str, one)) if isinstance(one, tuple) else str(one) for one in found}
    assert texts, "nothing was extracted"
    translated = {message.id for message in catalogue if all(forms(message.string))}
    assert sorted(map(str, texts - translated)) == []


def test_placeholders_are_kept(catalogue):
    holes = re.compile(r"%\(\w+\)s|%[sd]|\{\w+\}")
    for message in catalogue:
        if message.id:
            said, meant = (" ".join(forms(one)) for one in (message.string, message.id))
            assert sorted(holes.findall(meant)) == sorted(holes.findall(said))


def test_the_compiled_catalogue_is_this_one(catalogue):
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    for message in catalogue:
        if message.id:
            assert forms(getattr(compiled.get(message.id), "string", ())) == forms(message.string)


def test_french_counts_nothing_as_one(catalogue):
    """`make messages` enters the plurals: "0 preuve", not "0 preuves"."""
    plurals = [message.id for message in catalogue if message.pluralizable]
    assert len(plurals) > 40
    with override("fr"):
        assert [one for one, several in plurals if ngettext(one, several, 0) != one] == []
        assert all(ngettext(one, several, 2) == several for one, several in plurals)
