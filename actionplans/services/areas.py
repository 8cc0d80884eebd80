"""Services of areas and groups, which actions name."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from actionplans.models import Action, Area, Group
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import ConflictError, FieldError, InvalidFieldsError

# Of those that stand in the way, as many are named.
NAMED = 5


class PlaceInUseError(ConflictError):
    """Actions name the area or the group, or areas lie in it."""

    code = "PLACE_IN_USE"
    title = _("Ce périmètre ou ce groupe sert encore")


@audit.audited("actionplans.area.added")
def add_area(*, name: str, actor: Actor, parent_id: str | None = None, position: int = 0) -> Area:
    """Add an area below another, or at the top."""
    return Area.objects.create(name=name, parent_id=parent_id, position=position)


@audit.audited("actionplans.area.edited")
def edit_area(*, area: Area, changes: Mapping[str, Any], actor: Actor) -> Area:
    """Rename or move an area. Errors: `InvalidFieldsError` for a place below itself."""
    # All of them: two moves at once could close a circle that neither sees.
    rows = {one.pk: one for one in Area.objects.select_for_update().order_by("pk")}
    area = rows[area.pk]
    for name, value in changes.items():
        setattr(area, "parent_id" if name == "parent" else name, value)
    above: str | None = area.parent_id
    seen = {area.pk}
    while above:
        if above in seen:
            detail = _("Un périmètre ne peut pas être placé sous lui-même.")
            raise InvalidFieldsError([FieldError("parent", "circular", detail)])
        seen.add(above)
        above = rows[above].parent_id
    area.save(update_fields=list(changes))
    return area


@audit.audited("actionplans.area.deleted")
def delete_area(*, area: Area, actor: Actor) -> None:
    """Delete an area that nothing is in. Errors: `PlaceInUseError`.

    An action that names no area is the whole company's: none is made so unasked.
    """
    below = [one.name for one in area.children.order_by("position", "name", "id")]
    if below:
        told = ngettext(
            "Il contient %(n)d périmètre : %(names)s.",
            "Il contient %(n)d périmètres : %(names)s.",
            len(below),
        )
        raise PlaceInUseError(told % {"n": len(below), "names": _first(below)})
    _check_unnamed(Action.objects.filter(area_links__area=area))
    area.delete()


@audit.audited("actionplans.group.added")
def add_group(*, name: str, actor: Actor) -> Group:
    """Add a group."""
    return Group.objects.create(name=name)


@audit.audited("actionplans.group.edited")
def edit_group(*, group: Group, name: str, actor: Actor) -> Group:
    """Rename a group."""
    row: Group = Group.objects.select_for_update().get(pk=group.pk)
    row.name = name
    row.save(update_fields=["name"])
    return row


@audit.audited("actionplans.group.deleted")
def delete_group(*, group: Group, actor: Actor) -> None:
    """Delete a group that no action names. Errors: `PlaceInUseError`."""
    _check_unnamed(Action.objects.filter(group_links__group=group))
    group.delete()


def _check_unnamed(actions: QuerySet[Action]) -> None:
    titles = list(actions.order_by("-created_at", "-id").values_list("title", flat=True))
    if titles:
        told = ngettext(
            "%(n)d action le nomme : %(names)s. Retirez-le d’abord de cette action.",
            "%(n)d actions le nomment : %(names)s. Retirez-le d’abord de ces actions.",
            len(titles),
        )
        raise PlaceInUseError(told % {"n": len(titles), "names": _first(titles)})


def _first(names: Iterable[str]) -> str:
    names = [f"« {one} »" for one in names]
    return ", ".join([*names[:NAMED], *(["…"] if names[NAMED:] else [])])
