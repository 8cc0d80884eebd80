"""Which answers a questionnaire accepts, through every interface."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ANSWERS_MAX = 200
ANSWER_NAME_MAX = 200
ANSWER_TEXT_MAX = 5000
ANSWER_ITEMS_MAX = 100
ANSWER_NUMBER_MAX = 10**12
# What nobody sees or the database does not keep: control characters, half surrogates.
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
FAULTS: "dict[str, StrOrPromise]" = {
    "size": _("%d réponses au plus.") % ANSWERS_MAX,
    "name": _("Un intitulé de question est trop long ou illisible."),
    "answer": _(
        "Une réponse peut être un texte, un nombre, oui ou non, ou une liste de ces valeurs."
    ),
}


def fault_in(answers: Mapping[str, Any]) -> str:
    """Return which of `FAULTS` the answers have, empty for none."""
    if len(answers) > ANSWERS_MAX:
        return "size"
    for name, given in answers.items():
        if not _is_text(name, ANSWER_NAME_MAX):
            return "name"
        values = given if isinstance(given, list) else [given]
        if len(values) > ANSWER_ITEMS_MAX or not all(map(_is_answer, values)):
            return "answer"
    return ""


def _is_answer(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return -ANSWER_NUMBER_MAX <= value <= ANSWER_NUMBER_MAX  # nan and the infinities are not
    return _is_text(value, ANSWER_TEXT_MAX)


def _is_text(value: Any, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most and not UNREADABLE.search(value)
