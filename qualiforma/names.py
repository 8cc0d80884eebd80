"""Names of people as texts hold them: words in any order, with or without accents and capitals."""

import re
import unicodedata
from urllib.parse import unquote

ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
WORD = re.compile(r"[^\W\d_]+")
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_SOFT_HYPHEN = "\u00ad"


def spelt_out(text: str) -> str:
    """Return a text composed, with the letters of its addresses as themselves: `é` for `%C3%A9`.

    An accent apart, an escaped letter or a place to part a word would end it.
    """
    composed = unicodedata.normalize("NFC", text).replace(_SOFT_HYPHEN, "")
    if "%" not in composed:
        return composed
    return unicodedata.normalize("NFC", _ESCAPED.sub(_letters, composed))


def _letters(escaped: re.Match[str]) -> str:
    try:
        letters = unquote(escaped[0], errors="strict")
    except UnicodeDecodeError:
        return escaped[0]
    return letters if letters.isprintable() else escaped[0]  # no column holds a NUL


def folded(word: str) -> str:
    """Return a word in lower case without accents; one of another alphabet as it is."""
    return unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode().lower() or word


def words_of(name: str) -> list[str]:
    """Return the words of a name."""
    return WORD.findall(unicodedata.normalize("NFC", name))


def surnames_of(name: str) -> list[str]:
    """Return what tells of somebody by itself: all but the first name, and what is in capitals."""
    words = words_of(name)
    first, rest = words[:1], words[1:]
    told = rest if rest and not first[0].isupper() else words
    return [folded(word) for word in told if len(word) > 2]
