"""Kinds and states of actions as tables: which moves are legal. Pure data and one check.

EXPIRED is never stored: an IN_PROGRESS assignee past the due date *is* expired, which
`actionplans.querysets` reads off the clock.
Source: api-action-plans, "Action".
"""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from qualiforma.moves import check_move


class State(TextChoices):
    """The states of an assignee's part and of an action."""

    PENDING = "PENDING", _("À faire")
    IN_PROGRESS = "IN_PROGRESS", _("En cours")
    COMPLETED = "COMPLETED", _("Terminée")
    EXPIRED = "EXPIRED", _("En retard")
    CANCELLED = "CANCELLED", _("Annulée")


class Visibility(TextChoices):
    """Who may read, beside those who have a part in it and ADMIN."""

    PUBLIC = "PUBLIC", _("Public")
    PRIVATE = "PRIVATE", _("Privé")


class ActionType(TextChoices):
    """Whose action it is."""

    MANAGER = "MANAGER", _("Responsable")
    COMPANY = "COMPANY", _("Entreprise")


class ActionSource(TextChoices):
    """Where the idea came from."""

    MANUAL = "MANUAL", _("Saisie")
    SUGGESTION = "SUGGESTION", _("Suggestion")
    AI = "AI", _("IA")


class FocusType(TextChoices):
    """What an action is meant to improve."""

    SCORE = "SCORE", _("Score")
    HI = "HI", _("HI")
    ENPS = "ENPS", _("eNPS")

    def text_of(self, focus_id: str, label: str) -> str:
        """Return a focus as `Score : Accueil (s1)`; what is not known is left out."""
        about = label or focus_id
        known = f" ({focus_id})" if label and focus_id else ""
        return f"{self.label} : {about}{known}" if about else str(self.label)


SCORE_UNNAMED = _("Pour un axe « Score », choisissez l’indicateur.")


def is_unnamed_score(focus_type: str, focus_id: str | None) -> bool:
    """Say whether a SCORE does not name which; `SCORE_UNNAMED` says so to people."""
    return focus_type == FocusType.SCORE and not focus_id


# What a column can hold.
STORED = (State.PENDING, State.IN_PROGRESS, State.COMPLETED, State.CANCELLED)
# Nothing is left to do.
ENDED = frozenset({State.COMPLETED, State.CANCELLED})
# To be done still; past the due date these are late.
OPEN = frozenset({State.PENDING, State.IN_PROGRESS})

ASSIGNEE_MOVES: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset({State.IN_PROGRESS, State.COMPLETED, State.CANCELLED}),
    State.IN_PROGRESS: frozenset({State.COMPLETED, State.CANCELLED, State.PENDING}),
    # Back to IN_PROGRESS leads a later due date, or none, by itself.
    State.EXPIRED: frozenset({State.COMPLETED, State.CANCELLED}),
    State.COMPLETED: frozenset({State.IN_PROGRESS}),
    State.CANCELLED: frozenset({State.PENDING}),
}


def check_assignee_move(current: State, target: State) -> None:
    """Refuse a move that the table does not have.

    Errors: `IllegalTransitionError` naming the states that can be reached from here.
    """
    text = _("Une action %(current)s ne peut pas passer à %(target)s. Possible : %(allowed)s.")
    check_move(ASSIGNEE_MOVES, current, target, text, by_label=True)
