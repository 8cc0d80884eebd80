"""The words of an objective that say what it is about, and what else they may be called.

Full text knows inflections, not meanings: what shares no word with the catalogue is found only
through the thesaurus. Measured by `make bench BENCH=recommendations`.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from compliance.recommend.thesaurus import PHRASE_MAX, THESAURUS, singular

SYNONYM = 0.85
# Who needs more words than that names more than one objective; the ranking's cost has a bound.
WORDS_MAX = 40
# What people write around any training: it tells no course from another.
GENERIC = """
acquerir aider ameliorer apprendre apprends apprentissage approfondir assurer atteindre avance avancee
avances base bases besoin besoins bien bonne bonnes capable certification competence competences
comment comprendre connaissance connaissances connaitre consolider correctement decouvrir decouverte
debutant debutante debutants debuter developper devenir devoir diplome efficace efficacement efficacite
essentiel etre expert expertise faire fois fondamentaux formation formations former initiation initier
intermediaire jamais maitrise maitriser meilleur meilleure mettre mieux monter motiver niveau niveaux
notion notions nouveau nouveaux nouvelle nouvelles obtenir outil outils ouvert ouvrir parfaire passer
perfectionnement perfectionner permettre plus pouvoir pratique pratiques pratiquer premier premiere
premieres premiers prendre progresser remettre rendre renforcer reussir savoir souhait souhaiter stage
suivre technique techniques toujours travailler usage utilisation utiliser vouloir vraiment
leur leurs tous tout toute toutes tres chez afin ainsi aussi cela cette comme dans deux dont entre
est etes face jour jours les lors moins nos notre nous peu pour quand quel quelle sans selon sous sur vers via vos
"""
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Term:
    """One word to look for. Terms of one slot are alternatives: the best of them counts."""

    objective: int
    slot: int
    said: str
    word: str
    quality: float = 1.0


def plain(text: str) -> str:
    """Return a text without accents and capitals, its words parted by one blank."""
    folded = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    bare = "".join(one for one in folded if not unicodedata.combining(one))
    return " ".join(_WORD.findall(bare))


def terms_of(objectives: Sequence[str], *, synonyms: bool = True) -> list[Term]:
    """Return the terms of all objectives; the same word twice in one counts once."""
    found = []
    for rank, text in enumerate(objectives):
        written = {plain(word): word.lower() for word in _WORD.findall(text)}
        for slot, (word, others) in enumerate(_slots(plain(text), synonyms=synonyms).items()):
            said = written.get(word, word)
            if " " not in word:  # a phrase's words mean something else together
                found.append(Term(rank, slot, said, word))
            found += [Term(rank, slot, said, other, SYNONYM) for other in others]
    return found


def _slots(text: str, *, synonyms: bool) -> dict[str, list[str]]:
    """Return what an objective says: its words, with what each may be called.

    Of phrases that begin at the same word the longest counts, and hides its words.
    """
    words = text.split()
    keys = [singular(word) for word in words]
    slots: dict[str, list[str]] = {}
    at = 0
    while at < len(words) and len(slots) < WORDS_MAX:
        size, others = _longest(keys[at : at + PHRASE_MAX]) if synonyms else (1, [])
        said = " ".join(words[at : at + size])
        if len(said) > 1:
            slots.setdefault(said, others)
        at += size
    return slots


def _longest(keys: Sequence[str]) -> tuple[int, list[str]]:
    """Return how many of these words the thesaurus knows together, and what they may be called."""
    for size in range(len(keys), 0, -1):
        others = THESAURUS.get(" ".join(keys[:size]))
        if others:
            return size, others
    return 1, []
