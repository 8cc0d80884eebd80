"""Filters of actions. A list of plans takes them too: several together mean the same action."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema_field

from actionplans.states import ActionType, FocusType, State
from qualiforma.api.filters import SEARCH_MAX, EnumFilter, IdFilter, WireFilterSet
from qualiforma.ids import BARE
from qualiforma.search import containing


@extend_schema_field({"type": "string", "maxLength": SEARCH_MAX})
class ContainsFilter(django_filters.CharFilter):
    """A text as it is: blanks count, `%` and `_` are themselves."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=SEARCH_MAX, strip=False, **kwargs)


class ActionFilter(WireFilterSet):
    status = EnumFilter(
        enum=State, method="by_status", label="Où en est l’action, échéance comprise."
    )
    focus_type = EnumFilter(enum=FocusType, method="by_focus", label="Axe visé.")
    hierarchy_id = IdFilter(prefix=BARE, method="by_area", label="Périmètre visé.")
    assignee_id = IdFilter(prefix="usr", method="by_assignee", label="Un des responsables.")
    action_type = EnumFilter(enum=ActionType, method="by_type", label="Type de l’action.")
    q = ContainsFilter(method="by_text", label="Texte du titre ou de la description de l’action.")

    def by_status(self, actions: Any, _name: str, value: str) -> Any:
        return actions.standing_at(State(value))

    def by_focus(self, actions: Any, _name: str, value: str) -> Any:
        return actions.on_focus(FocusType(value))

    def by_area(self, actions: Any, _name: str, value: str) -> Any:
        return actions.in_area(value)

    def by_assignee(self, actions: Any, _name: str, value: str) -> Any:
        return actions.assigned_to(value)

    def by_type(self, actions: Any, _name: str, value: str) -> Any:
        return actions.filter(action_type=value)

    def by_text(self, actions: Any, _name: str, value: str) -> Any:
        return actions.matching(value)


class AnyPlansActionFilter(ActionFilter):
    """The list of actions can be asked for those of one plan, too."""

    plan_id = IdFilter(prefix=BARE, method="by_plan", label="Plan de l’action.")

    def by_plan(self, actions: Any, _name: str, value: str) -> Any:
        return actions.filter(plan=value)


class ManagerFilter(WireFilterSet):
    q = ContainsFilter(method="by_text", label="Texte du nom.")

    def by_text(self, users: Any, _name: str, value: str) -> Any:
        return containing(users, value, "name")
