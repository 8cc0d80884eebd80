"""Legal moves between states, as a table that one function checks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from qualiforma.errors import IllegalTransitionError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

S = TypeVar("S", bound=TextChoices)


def check_move(
    moves: Mapping[S, frozenset[S]],
    current: S,
    target: S,
    text: "StrOrPromise",
    *,
    by_label: bool = False,
) -> None:
    """Refuse a move that the table does not have.

    `text` is said of a refusal, with the places `current`, `target` and `allowed`, which are filled
    with values, or with labels. Errors: `IllegalTransitionError` naming what can be reached from here.
    """
    if target in moves[current]:
        return
    allowed = [one for one in type(current) if one in moves[current]]
    names = {one: f"« {one.label} »" if by_label else one.value for one in type(current)}
    raise IllegalTransitionError(
        text
        % {
            "current": names[current],
            "target": names[target],
            "allowed": ", ".join(names[one] for one in allowed) or _("aucun changement"),
        },
        current=current.value,
        allowed=[one.value for one in allowed],
    )
