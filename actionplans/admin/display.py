"""How states and assignees are shown, on every page of these."""

from typing import Any

from django.utils.translation import gettext as _

from actionplans.models import Area, Group
from actionplans.querysets import ActionQuerySet
from actionplans.states import ASSIGNEE_MOVES, FocusType, State

BADGES = {
    State.PENDING: "info",
    State.IN_PROGRESS: "warning",
    State.COMPLETED: "success",
    State.EXPIRED: "danger",
    State.CANCELLED: "",
}


def shown(actions: ActionQuerySet) -> list[Any]:
    """Return actions with `state`, `badge` and `parts`, ready for a template. Cost: one query."""
    rows: list[Any] = list(actions.with_status().with_parts().select_related("plan"))
    for row in rows:
        row.state = State(row.status)
        row.badge = BADGES[row.state]
        row.parts = [part_of(one) for one in row.assignee_states]
    return rows


def part_of(one: dict[str, Any]) -> dict[str, Any]:
    """Return one assignee's part: who, where they stand, and the moves that are legal from there."""
    state = State(one["status"])
    targets = [target for target in State if target in ASSIGNEE_MOVES[state]]
    return {
        "user": one["assignee"],
        "name": one["name"],
        "state": state,
        "badge": BADGES[state],
        "moves": [(target.value, target.label) for target in targets],
    }


def aims_of(action: Any, *, whole: bool) -> list[tuple[str, list[str]]]:
    """Return what an action aims at, by kind; not `whole`: what its form does not hold.

    Cost: none, two queries for the whole.
    """
    focuses = [
        FocusType(one["focus_type"]).text_of(one["focus_id"], one["label"])
        for one in action.focuses
    ]
    aims = [(_("Axes"), focuses)]
    if whole:
        areas = Area.objects.filter(pk__in=action.area_ids).order_by("name", "id")
        groups = Group.objects.filter(pk__in=action.group_ids).order_by("name", "id")
        aims += [
            (_("Périmètres"), [one.name for one in areas] or [_("Toute l’entreprise")]),
            (_("Groupes"), [one.name for one in groups]),
        ]
    return [(kind, names) for kind, names in aims if names]
