"""Detect the encoding of a text file by the French words that its letters form.

A file that is UTF-8 from end to end is; the older alphabets have the same bytes and other letters.
Frequencies fail on short files: here each letter with an accent is looked at in its word.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from qualiforma.training.importing.exceptions import UnreadableFileError

CHUNK_BYTES = 256 * 1024
# What people are asked, in their words.
ALPHABETS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "cp850": "MS-DOS (850)",
    "mac_roman": "Macintosh",
}
# What may be chosen on pages: each once.
CHOSEN = {one: ALPHABETS[one] for one in ("utf-8-sig", "utf-16", "cp1252", "cp850", "mac_roman")}
OLD = ("cp1252", "cp850", "mac_roman")
_SMALL = frozenset("éèêëàâäçîïôöùûüÿœæ")
_LARGE = frozenset("ÉÈÊËÀÂÄÇÎÏÔÖÙÛÜŒÆ")
_SIGNS = frozenset("’‘“”«»–—…€°ºª²³§·•№\u00a0\u202f")
_ALONE = frozenset("àÀ")
_OTHER = re.compile(r"[^\x00-\x7f]")
# What a text in UTF-8 becomes that is read as Windows-1252 and saved again.
TWICE = re.compile(
    "Ã[\u0080-\u00bf\u0152-\u017e\u02c6\u2018-\u203a\u20ac\u2122]|Â[\u00a0-\u00bf]|â€[\u0080-\u2122]"
)
DOUBT_SHOWN = 3


def alphabet_of(path: Path, chosen: str = "") -> str:
    """Return the alphabet of a file, the chosen one if the file can be read by it.

    Errors: `UnreadableFileError` for what is no text, and for a text of which several readings are
    alike: with each of them, so that people can choose.
    """
    if chosen:
        if chosen in ALPHABETS and _decodes(path, chosen):
            return chosen
        raise UnreadableFileError(_("Ce fichier ne peut pas être lu avec l’encodage choisi."))
    with path.open("rb") as file:
        head = file.read(4096)
    for one in _marked(head):
        if _decodes(path, one):
            return one
    readings = {one: _judged(path, one) for one in OLD if _decodes(path, one)}
    if not readings:
        raise UnreadableFileError(
            _("Ce fichier n’est ni un classeur XLSX ou ODS, ni un texte CSV (UTF-8, UTF-16, Windows-1252, MS-DOS ou Macintosh).")
        )  # fmt: skip
    best, *others = sorted(readings, key=lambda one: -readings[one])
    if readings[best] <= 0 or any(readings[one] >= readings[best] for one in others):
        raise UnreadableFileError(_doubt(path, list(readings)))
    return best


def previews(path: Path, alphabets: list[str]) -> dict[str, list[str]]:
    """Return the first words with accents, as each alphabet reads them."""
    return {one: list(_examples(path, one)) for one in alphabets}


def _doubt(path: Path, alphabets: list[str]) -> str:
    read = "; ".join(
        f"{ALPHABETS[one]}{_(' :')} {', '.join(words)}"
        for one, words in previews(path, alphabets).items()
    )
    text = _(
        "Les accents de ce fichier se lisent de plusieurs façons ; choisissez la bonne ci-dessous. %s"
    )
    return text % read


def _examples(path: Path, alphabet: str) -> Iterator[str]:
    with path.open(encoding=alphabet, newline="") as text:
        words = re.findall(r"[^;,\t\r\n\"]*[^\x00-\x7f][^;,\t\r\n\"]*", text.read(CHUNK_BYTES))
    yield from (f"« {one.strip()[:40]} »" for one in words[:DOUBT_SHOWN])


def _marked(head: bytes) -> Iterator[str]:
    """Yield what the first bytes say: a mark, or every other byte empty as in UTF-16."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield "utf-16"
    elif len(head) % 2 == 0 and head.count(0) * 5 > len(head):
        yield "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    yield "utf-8-sig"


def _judged(path: Path, alphabet: str) -> float:
    """Return how far the letters make French words of the first part of a file."""
    with path.open(encoding=alphabet, newline="") as text:
        part = text.read(CHUNK_BYTES)
    return sum(_worth(part, found.start()) for found in _OTHER.finditer(part))


def _worth(text: str, at: int) -> float:
    letter = text[at]
    before, after = text[at - 1 : at] or " ", text[at + 1 : at + 2] or " "
    beside = before + after
    if letter in _ALONE and not before.isalpha() and not after.isalpha():
        return 1
    if letter in _SMALL:
        return 1 if any(one.islower() or one in _LARGE for one in beside) else -1
    if letter in _LARGE:
        return 1 if (after.isalpha() and not before.islower()) or before.isupper() else -1
    if letter in _SIGNS:
        return 0.3 if not (before.islower() and after.islower()) or letter == "’" else -1
    return -1.5 if unicodedata.category(letter)[0] in "LSPC" else -0.5


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                if "\0" in decoder.decode(chunk):
                    return False
            decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
