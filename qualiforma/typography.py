"""Spaces at which a French text is not broken at the end of a line.

French sets a space before `: ; ? ! »`, after `«`, and between a figure and its unit. Where a line ends at such a
space, a sign begins the next line or a figure stands alone. Texts in the code, the catalogue and the API keep plain
spaces; they are exchanged here, in what a person reads.
"""

import re

NO_BREAK = "\u00a0"
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
# After a figure, with an "s" or without: what a figure is read together with.
UNITS = (
    *("%", "€", "Ko", "Mo", "Go", "px", "h", "min", "s"),
    *("seconde", "minute", "heure", "demi-journée", "jour", "semaine", "mois", "an", "année"),
    *MONTHS,
    *(
        "ligne",
        "page",
        "caractère",
        "chiffre",
        "octet",
        "fichier",
        "feuille",
        "colonne",
        "valeur",
        "vue",
    ),
    *(
        "action",
        "plan",
        "réclamation",
        "preuve",
        "réponse",
        "présence",
        "indicateur",
        "objectif",
        "périmètre",
    ),
    *("personne", "organisme", "résultat", "élément", "fiche", "tâche", "changement"),
    *("créée", "modifiée", "inchangée", "refusée", "délivrée"),
)
_GROUP = r"(?=\d{3}(?!\d))"
# The space stands first: where there is none, nothing else is tried.
_JOINED = re.compile(
    rf" (?:(?<=« )|(?=[»:;?!](?!\w))|(?<=\d )(?:{_GROUP}|(?=(?:{'|'.join(UNITS)})s?(?![\w’]))))"
)

# Django's formats have no ordinal of French.
_FIRST = re.compile(rf"(?<![\w.,/:])1(?=[ {NO_BREAK}](?:{'|'.join(MONTHS)}) \d{{4}})")


def _kept(name: str) -> str:
    """Return the pattern of what is edited, read by a script, copied or compared as it stands; else of one mark."""
    return (
        rf"<(?:(?P<{name}>(?i:script|style|textarea|option|pre|code|title))\b.*?</(?i:(?P={name}))\s*>"
        r"|!--.*?-->|[^<>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^<>\"']*)*>)"
    )


# All that follow one another with nothing but blanks between them are found at once: a page of a list has
# eighteen hundred marks and four hundred texts.
_KEPT = re.compile(rf"{_kept('first')}(?:\s*{_kept('next')})*", re.DOTALL)


def join_signs(text: str) -> str:
    """Return a French text that is broken at no space before a sign or within a figure; a first of a month is `1er`."""
    return _FIRST.sub("1er", _JOINED.sub(NO_BREAK, text)) if " " in text else text


def join_signs_in_page(html: str) -> str:
    """Return a French page, its texts broken at no such space; marks and what is typed stay as they are."""
    parts, start = [], 0
    for found in _KEPT.finditer(html):
        begin, end = found.span()
        parts += [join_signs(html[start:begin]), html[begin:end]]
        start = end
    return "".join([*parts, join_signs(html[start:])])
