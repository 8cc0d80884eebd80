"""What the form of an action picks by searching: people, areas, groups."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from actionplans import models
from actionplans.models import Area, Group
from actionplans.policies import ASSIGNABLE
from qualiforma.accounts.models import User
from qualiforma.admin.picking import PickWidget


@dataclass(frozen=True)
class Pick:
    """One of the form's lists. `before` are the keys that an action has, in their order."""

    label: Any
    placeholder: Any
    most: int
    rows: Callable[[], QuerySet[Any]]
    describe: Callable[[Any], str]
    before: Callable[[Any], list[str]]
    help_text: Any = ""


PICKS: Mapping[str, Pick] = {
    "assignees": Pick(
        _("Responsables"),
        _("Chercher une personne"),
        models.ASSIGNEES_MAX,
        lambda: User.objects.filter(ASSIGNABLE).order_by("name", "id"),
        lambda user: str(user.name),
        lambda action: list(action.assignments.order_by("position").values_list("user", flat=True)),
    ),
    "hierarchy_ids": Pick(
        _("Périmètres"),
        _("Chercher un périmètre"),
        models.AREAS_MAX,
        lambda: Area.objects.select_related("parent").order_by("name", "id"),
        lambda area: f"{area.name} – {area.parent.name}" if area.parent else area.name,
        lambda action: list(action.area_links.order_by("area").values_list("area", flat=True)),
        _("Aucun : toute l’entreprise."),
    ),
    "group_ids": Pick(
        _("Groupes"),
        _("Chercher un groupe"),
        models.GROUPS_MAX,
        lambda: Group.objects.order_by("name", "id"),
        lambda group: str(group.name),
        lambda action: list(action.group_links.order_by("group").values_list("group", flat=True)),
    ),
}


class PickField(forms.ModelMultipleChoiceField[Any]):
    """The keys of the chosen rows: those there before in their order, then the others."""

    def __init__(self, name: str) -> None:
        self.pick = pick = PICKS[name]
        widget = PickWidget(
            route=f"admin:actionplans_action_pick_{name}",
            describe=pick.describe,
            label=pick.label,
            placeholder=pick.placeholder,
        )
        super().__init__(
            User.objects.none(),  # until a form is made
            label=pick.label,
            help_text=pick.help_text,
            required=False,
            widget=widget,
        )

    def clean(self, value: Any) -> Any:
        rows = super().clean(value)
        if len(rows) > self.pick.most:
            told = ngettext("%d au plus.", "%d au plus.", self.pick.most) % self.pick.most
            raise forms.ValidationError(told)
        chosen = {one.pk for one in rows}
        before = [one for one in self.initial or [] if one in chosen]
        return before + [one.pk for one in rows if one.pk not in before]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(initial or []) != set(data or [])
