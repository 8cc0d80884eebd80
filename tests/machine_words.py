"""Words that only a program understands, and texts in the wrong language, found on a page."""

import gettext
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import django
from django.utils.module_loading import import_string

from qualiforma.contract import ENUMS

ROOT = Path(__file__).parent.parent
# Elements whose text nobody reads as a sentence. `code` is for a fingerprint somebody compares.
SKIPPED = frozenset({"script", "style", "template", "code", "icon"})
VOID = frozenset({"input", "br", "hr", "img", "link", "meta", "col", "path", "area", "base"})
READ_ATTRIBUTES = ("title", "aria-label", "placeholder", "alt")
# The languages' own names, and what the demo's people typed: a place, references of payments.
TYPED = frozenset({"English", "Français", "À distance"})
REFERENCE = re.compile(r"pi_[a-z_]+")
# Words that are both an enum's value and what people say.
SAID_ALOUD = frozenset({"CPF", "OPCO", "SST", "VAE"})
PATTERNS = {
    "id": re.compile(r"\b[a-z]{3}_[0-9a-z_]{4,}\b"),
    "hex": re.compile(r"\b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{24,}\b"),
    "tuple": re.compile(r"\(['\"][A-Z]|\[['\"]"),
    "JSON": re.compile(r"\{\s*\"|\[\s*\{"),
    "MIME type": re.compile(r"\b(?:application|text|image|audio|video)/[a-z0-9.+-]+"),
    "storage key": re.compile(r"\b[a-z]+/[a-z0-9_-]+/[A-Za-z0-9_/-]+"),
    "code": re.compile(r"\b[a-z]+_[a-z_]+\b|\b[a-z]+\.[a-z]+\.[a-z]+\b"),
}


def enum_values() -> frozenset[str]:
    """Return the values of the published enums that are no word people say."""
    found = {str(one.value) for path in ENUMS.values() for one in import_string(path)}
    return frozenset(found - SAID_ALOUD)


class _Reader(HTMLParser):
    """Collects what a person reads or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        is_icon = "material-symbols" in given.get("class", "")
        if tag not in VOID:
            self.open.append("icon" if is_icon else tag)
        if tag == "a":
            self.links.append(given.get("href", ""))
        if not SKIPPED & set(self.open):
            self.texts += [given[name] for name in READ_ATTRIBUTES if given.get(name)]
        if tag == "input" and given.get("type") in {"text", "submit", "button"}:
            self.texts.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() not in {tag, "icon"}:
            """An element that was not closed ends with its parent."""

    def handle_data(self, data: str) -> None:
        if data.strip() and not SKIPPED & set(self.open):
            self.texts.append(" ".join(data.split()))


def read(html: str) -> _Reader:
    """Return the texts and the links of a page."""
    reader = _Reader()
    reader.feed(html)
    return reader


def found_in(texts: list[str], values: frozenset[str]) -> Iterator[str]:
    """Yield each machine word, with the text it stands in."""
    for text in texts:
        if REFERENCE.fullmatch(text):
            continue
        for kind, pattern in PATTERNS.items():
            if match := pattern.search(text):
                yield f"{kind} {match[0]}: {text[:160]}"
        for word in re.findall(r"\b[A-Z][A-Z_]{2,}\b", text):
            if word in values:
                yield f"enum {word}: {text[:160]}"


def _catalogue(folder: Path, language: str) -> dict[str, str]:
    path = folder / language / "LC_MESSAGES" / "django.mo"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        texts: dict[Any, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # the way to list them
    return {
        key: value
        for key, value in texts.items()
        if isinstance(key, str) and key and key != value and "%" not in key
    }


def untranslated(language: str) -> frozenset[str]:
    """Return the texts that have a translation, hence must not stand on a page of this language."""
    if language == "en":
        return frozenset(_catalogue(ROOT / "locale", "en")) - TYPED
    packages = [
        Path(django.__file__).parent / part
        for part in ("conf/locale", "contrib/admin/locale", "contrib/auth/locale")
    ]
    own = [ROOT / "locale"]
    return frozenset(key for one in (*packages, *own) for key in _catalogue(one, "fr")) - TYPED
