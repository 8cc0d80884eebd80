"""Names of people as texts hold them: words in any order, with or without accents and capitals."""

import re
import unicodedata

ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
WORD = re.compile(r"[^\W\d_]+")


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
