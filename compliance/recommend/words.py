"""The words of an objective that say what it is about, and what else they may be called.

Full text knows inflections, not meanings: what shares no word with the catalogue is found only
through the table below. Measured by `make bench BENCH=recommendations`.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

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
# What is said, and the catalogue's words for it. Phrases first: they hide their words.
SYNONYMS = {
    said: meant
    for saids, meant in {
        "feuille de calcul, feuilles de calcul": "tableur",
        "mail, mails, email, emails, e mail, e mails, courrier electronique": "courriel ecrits",
        "chatgpt, copilot, ia, llm": "intelligence artificielle generative",
        "impaye, impayes, recouvrer, recouvrement": "relance tresorerie",
        "solde bancaire, cash": "tresorerie",
        "licencier, licenciement, licenciements": "rupture contrat",
        "fiche de paie, fiches de paie, feuille de paie": "bulletin salaire",
        "dos, douleur, douleurs, lombalgie, lombalgies, port de charges": "manutention tms",
        "community management, community manager, facebook, instagram, tiktok": "reseaux sociaux",
        "dashboard, dashboards": "tableau bord",
        "kpi, kpis": "indicateurs",
        "english": "anglais",
        "visio, visios, zoom": "visioconference",
        "vie privee, donnees personnelles": "rgpd",
        "burn out, rps": "psychosociaux",
    }.items()
    for said in saids.split(", ")
}
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
    """Return what an objective says: each word or phrase of the table, with what it may be called."""
    slots: dict[str, list[str]] = {}
    rest = f" {text} "
    for said in sorted(SYNONYMS, key=len, reverse=True) if synonyms else ():
        if f" {said} " in rest:
            slots[said] = SYNONYMS[said].split()
            rest = rest.replace(f" {said} ", "  " if " " in said else f" {said} ")
    words = [word for word in rest.split() if len(word) > 1][:WORDS_MAX]
    return slots | {word: slots.get(word, []) for word in words}
