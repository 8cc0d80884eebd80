"""Services of areas and groups, which actions name."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from actionplans.models import Area, Group
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError, InvalidFieldsError


@audit.recorded("actionplans.area.added")
def add_area(*, name: str, actor: Actor, parent_id: str | None = None, position: int = 0) -> Area:
    """Add an area below another, or at the top."""
    return Area.objects.create(name=name, parent_id=parent_id, position=position)


@audit.recorded("actionplans.area.edited")
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
            detail = _("Un périmètre ne se place pas sous lui-même.")
            raise InvalidFieldsError([FieldError("parent", "circular", detail)])
        seen.add(above)
        above = rows[above].parent_id
    area.save(update_fields=list(changes))
    return area


@audit.recorded("actionplans.group.added")
def add_group(*, name: str, actor: Actor) -> Group:
    """Add a group."""
    return Group.objects.create(name=name)


@audit.recorded("actionplans.group.edited")
def edit_group(*, group: Group, name: str, actor: Actor) -> Group:
    """Rename a group."""
    row: Group = Group.objects.select_for_update().get(pk=group.pk)
    row.name = name
    row.save(update_fields=["name"])
    return row
