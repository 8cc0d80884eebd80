"""Action plans and their actions as files: what an export writes, an import reads back."""

import json
import re
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from actionplans import policies, services
from actionplans.models import (
    AREAS_MAX,
    ASSIGNEES_MAX,
    DESCRIPTION_MAX,
    FOCUS_ID_MAX,
    FOCUS_ITEMS_MAX,
    GROUPS_MAX,
    NAME_MAX,
    TITLE_MAX,
    Action,
    ActionArea,
    ActionGroup,
    ActionPlan,
    Area,
    Assignment,
    FocusItem,
    Group,
)
from actionplans.services import Focus
from actionplans.services.actions import present_parts
from actionplans.states import (
    SCORE_UNNAMED,
    ActionSource,
    ActionType,
    FocusType,
    State,
    Visibility,
    is_unnamed_score,
)
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.errors import InvalidFieldsError
from qualiforma.ids import BARE
from qualiforma.training.importing.columns import Column
from qualiforma.training.importing.exceptions import CellError, UnknownRecordError
from qualiforma.training.importing.kinds import register
from qualiforma.training.importing.kinds.base import Given, Kind, one_named
from qualiforma.training.importing.lookups import Lookups
from qualiforma.training.importing.readers import (
    all_by_name,
    by_name,
    id_column,
    name_columns,
    read_people,
    text_up_to,
)
from qualiforma.training.importing.source import Cell
from qualiforma.training.importing.values import (
    LANGUAGES,
    choice_of,
    fold,
    read_day,
    read_json,
    read_text,
)

LIMITS = {
    "focus_items": FOCUS_ITEMS_MAX,
    "hierarchy_ids": AREAS_MAX,
    "group_ids": GROUPS_MAX,
    "assignees": ASSIGNEES_MAX,
}
STATES = {
    **dict.fromkeys(("fait", "faite", "clos", "close", "réalisée"), State.COMPLETED),
    **dict.fromkeys(("à lancer", "non démarrée", "ouverte"), State.PENDING),
    **dict.fromkeys(("en retard", "expirée"), State.IN_PROGRESS),
}
_FOCUS = re.compile(r"([^:]+?)\s*(?::\s*(.+?))?\s*(?:\(([^()]+)\))?")
read_state = choice_of(State, STATES)


def read_states(cell: Cell, lookups: Lookups) -> str | dict[str, str]:
    """Return one state for everybody, or each one's, of lines `alice@acme.fr : Terminée`."""
    text = read_text(cell)
    if ":" not in text:
        return _stored(text, lookups)
    found = {}
    for line in filter(str.strip, text.split("\n")):
        address, _colon, state = line.rpartition(":")
        if not address:
            raise CellError(_("Indiquez sur chaque ligne une adresse et son statut."))
        try:
            person = lookups.person(address.strip())
        except UnknownRecordError as error:
            error.rank = -1  # the column of assignees names them too, beside their names
            raise
        found[person] = _stored(state, lookups)
    return found


def _stored(text: str, lookups: Lookups) -> str:
    """Return a state as it is kept: what is late is under way."""
    state = str(read_state(text, lookups))
    return State.IN_PROGRESS.value if state == State.EXPIRED else state


def show_states(action: Any) -> str:
    """Return the state of all assignees, or each one's where they differ."""
    parts = list(action.assignments.all())
    if len({one.base_status for one in parts}) == 1:
        return str(parts[0].get_base_status_display())
    return "\n".join(f"{one.user.email} : {one.get_base_status_display()}" for one in parts)


def read_focus(cell: Cell, _lookups: object) -> list[Focus]:
    """Return what stands on each line as `Score : Accueil (s1)`, or all of it as JSON."""
    text = read_text(cell)
    if text.startswith("["):
        found = read_json(text)
        if isinstance(found, list) and all(_is_focus(one) for one in found):
            return [_checked(Focus(FocusType(kind), key, label)) for kind, key, label in found]
    return [_focus_of(line.strip()) for line in text.split("\n") if line.strip()]


def _is_focus(found: Any) -> bool:
    return (
        isinstance(found, list)
        and len(found) == 3
        and all(isinstance(one, str) for one in found)
        and found[0] in FocusType.values
    )


def _focus_of(line: str) -> Focus:
    found = _FOCUS.fullmatch(line)
    kind = _focus_types().get(fold(found[1])) if found else None
    if found is None or kind is None:
        known = ", ".join(str(one) for one in FocusType.labels)
        raise CellError(_("Valeur inconnue. Valeurs admises : %s.") % known)
    about, key = found[2] or "", found[3] or ""
    if kind == FocusType.SCORE and about and not key:
        about, key = "", about
    return _checked(Focus(FocusType(kind), key, about))


def _checked(focus: Focus) -> Focus:
    if is_unnamed_score(focus.focus_type, focus.focus_id):
        raise CellError(SCORE_UNNAMED)
    if len(focus.focus_id) > FOCUS_ID_MAX or len(focus.label) > NAME_MAX:
        raise CellError(_("%d caractères au plus.") % FOCUS_ID_MAX)
    return focus


def _focus_types() -> dict[str, str]:
    names = {fold(one.value): one.value for one in FocusType}
    for language in LANGUAGES:
        with override(language):
            names |= {fold(str(one.label)): one.value for one in FocusType}
    return names


def show_focus(action: Any) -> str:
    """Return one line for each; JSON where the lines would be read back otherwise."""
    rows = sorted(action.focus_items.all(), key=lambda one: (one.position, one.pk))
    items = [Focus(FocusType(one.focus_type), one.focus_id, one.label) for one in rows]
    text = "\n".join(one.focus_type.text_of(one.focus_id, one.label) for one in items)
    try:
        is_plain = not items or read_focus(text, None) == items
    except CellError:
        is_plain = False
    if is_plain:
        return text
    raw = [[one.focus_type.value, one.focus_id, one.label] for one in items]
    return json.dumps(raw, ensure_ascii=False)


class ActionPlans(Kind):
    """Action plans, without their actions; identified by title."""

    name = "action-plans"
    title = gettext_lazy("Plans d’action")
    model = ActionPlan
    related = ("created_by",)
    note = gettext_lazy("Les actions s’importent ensuite, depuis la liste des actions.")
    example: ClassVar = {
        "title": "Accueil 2026",
        "description": "Livret et visite des locaux.",
        "visibility": "Public",
    }
    columns = (
        Column("title", "Titre", "Title", lambda one: one.title, text_up_to(TITLE_MAX), ("plan", "plan d’action", "intitulé"), is_required=True, width=40),
        Column("description", "Description", "Description", lambda one: one.description, text_up_to(DESCRIPTION_MAX), ("objectif", "but"), cleared="", width=60),
        Column("visibility", "Visibilité", "Visibility", lambda one: one.get_visibility_display(), choice_of(Visibility), width=14),
        Column("created_by", "Créé par", "Created by", lambda one: one.created_by.email if one.created_by_id else None, width=32),
        id_column(BARE),
    )  # fmt: skip

    def may_import(self, actor: Actor) -> bool:
        return policies.can_keep_all(actor)

    def may_export(self, actor: Actor) -> bool:
        return policies.can_read_all(actor)

    def alike(self, given: Given) -> Any:
        return one_named(ActionPlan.objects.all(), given.get("title"), "title")

    def create(self, given: Given, actor: Actor) -> ActionPlan:
        return services.create_plan(draft=services.PlanDraft(**given), actor=actor)

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        return services.edit_plan(plan=record, changes=changes, actor=actor)


class PlanActions(Kind):
    """Actions of action plans, identified by plan and title."""

    name = "plan-actions"
    title = gettext_lazy("Actions des plans d’action")
    model = Action
    touched = (ActionPlan, Assignment, FocusItem, ActionArea, ActionGroup)
    related = ("plan",)
    creates = ("users",)
    created_role = Role.MANAGER
    order = ("plan__created_at", "plan", "created_at", "pk")
    fixed = ("plan",)
    note = gettext_lazy(
        "Début et fin d’une action sont ceux de l’import. « Statut » vaut pour tous les responsables, ou ligne par ligne : alice@exemple.fr : Terminée."
    )
    example: ClassVar = {
        "plan": "Accueil 2026",
        "title": "Rédiger le livret",
        "due_date": "30/06/2026",
        "assignees": "alex.petit@exemple.fr",
        "states": "À faire",
    }
    columns = (
        Column("plan", "Plan", "Plan", lambda one: one.plan_id, by_name(ActionPlan, "title"), ("plan d’action",), is_required=True, width=30),
        Column("plan_title", "Titre du plan", "Plan title", lambda one: one.plan.title, also=("intitulé du plan",), width=40, stands_for="plan"),
        Column("title", "Action", "Action", lambda one: one.title, text_up_to(TITLE_MAX), ("titre", "intitulé", "libellé"), is_required=True, width=40),
        Column("description", "Description", "Description", lambda one: one.description, text_up_to(DESCRIPTION_MAX), ("détail",), cleared="", width=60),
        Column("action_type", "Type", "Type", lambda one: one.get_action_type_display(), choice_of(ActionType), ("nature",)),
        Column("source", "Origine", "Source", lambda one: one.get_source_display(), choice_of(ActionSource)),
        Column("visibility", "Visibilité", "Visibility", lambda one: one.get_visibility_display(), choice_of(Visibility), width=14),
        Column("due_date", "Échéance", "Due date", lambda one: one.due_date, read_day, ("date d’échéance", "pour le", "délai", "quand"), cleared=None, width=14),
        Column("assignees", "Responsables", "Assignees", lambda one: "\n".join(part.user.email for part in one.assignments.all()), read_people, ("responsable", "pilote", "qui", "e-mail du responsable"), width=32, holds_ids_of=User),
        *name_columns("responsable", "Assignee"),
        Column("states", "Statut", "Status", show_states, read_states, ("statuts", "état", "avancement"), width=28),
        Column("focus_items", "Axes", "Focus", show_focus, read_focus, ("axe",), width=30),
        Column("hierarchy_ids", "Périmètres", "Areas", lambda one: "\n".join(link.area_id for link in one.area_links.all()), all_by_name(Area, "name"), ("périmètre",), width=30, holds_ids_of=Area),
        Column("area_names", "Noms des périmètres", "Area names", lambda one: "\n".join(link.area.name for link in one.area_links.all()), width=30, stands_for="hierarchy_ids"),
        Column("group_ids", "Groupes", "Groups", lambda one: "\n".join(link.group_id for link in one.group_links.all()), all_by_name(Group, "name"), ("groupe",), width=30, holds_ids_of=Group),
        Column("group_names", "Noms des groupes", "Group names", lambda one: "\n".join(link.group.name for link in one.group_links.all()), width=30, stands_for="group_ids"),
        id_column(BARE),
    )  # fmt: skip

    def may_import(self, actor: Actor) -> bool:
        return policies.can_keep_all(actor)

    def may_export(self, actor: Actor) -> bool:
        return policies.can_read_all(actor)

    def records(self) -> "QuerySet[Any]":
        assignments = Assignment.objects.select_related("user").order_by("position", "pk")
        return (
            super()
            .records()
            .prefetch_related(
                Prefetch("assignments", assignments),
                "focus_items",
                Prefetch(
                    "area_links", ActionArea.objects.select_related("area").order_by("area_id")
                ),
                Prefetch(
                    "group_links", ActionGroup.objects.select_related("group").order_by("group_id")
                ),
            )
        )

    def complete(self, given: Given, lookups: Lookups) -> None:
        for name, most in LIMITS.items():
            if len(given.get(name) or ()) > most:
                raise CellError(_("%d valeurs au plus.") % most, name)

    def alike(self, given: Given) -> Any:
        return one_named(Action.objects.filter(plan=given.get("plan")), given.get("title"), "title")

    def present(self, record: Any, name: str) -> Any:
        if name in LIMITS:
            return present_parts(record, name)
        return super().present(record, name)

    def differing(self, record: Any, given: Given) -> Given:
        """Compare states by person, sets without their order."""
        rest = {name: value for name, value in given.items() if name != "states"}
        for name in ("hierarchy_ids", "group_ids"):
            if name in rest:
                rest[name] = sorted(rest[name])
        changes = super().differing(record, rest)
        if "states" in given:
            stored = dict(record.assignments.values_list("user_id", "base_status"))
            if wanted := _moves(given["states"], changes.get("assignees", list(stored)), stored):
                changes["states"] = wanted
        return changes

    def create(self, given: Given, actor: Actor) -> Action:
        values = {**given}
        plan = ActionPlan.objects.get(pk=values.pop("plan"))
        states = values.pop("states", {})
        people = values.get("assignees") or [actor.id]
        if not all(people):  # a command, in nobody’s name
            raise CellError(_("Une valeur est attendue."), "assignees")
        with transaction.atomic():
            draft = services.ActionDraft(**values)
            action = services.add_action(plan=plan, draft=draft, actor=actor)
            self._move(action, _moves(states, people, {}), actor)
        return action

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        values = {name: value for name, value in changes.items() if name != "states"}
        with transaction.atomic():
            action = services.edit_action(action=record, changes=values, actor=actor)
            self._move(action, changes.get("states", {}), actor)
        return action

    def _move(self, action: Action, moves: dict[str, str], actor: Actor) -> None:
        for user_id, state in moves.items():
            try:
                services.move_assignee(
                    action=action, user_id=user_id, target=State(state), actor=actor
                )
            except InvalidFieldsError as error:  # it names its own argument
                raise CellError(str(error.errors[0].detail), "states") from error


def _moves(
    states: str | dict[str, str], people: list[str], stored: dict[str, str]
) -> dict[str, str]:
    """Return whose state is to become another; somebody new has everything to do yet."""
    wanted = dict.fromkeys(people, states) if isinstance(states, str) else states
    return {
        user: state
        for user, state in wanted.items()
        if state != stored.get(user, State.PENDING.value)
    }


for _kind in (ActionPlans(), PlanActions()):
    register(_kind)
