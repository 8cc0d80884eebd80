"""What the endpoints of all training records have in common."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from qualiforma.api.docs import described
from qualiforma.api.views import KernelViewSet
from qualiforma.errors import InvalidFieldsError, RuleError
from qualiforma.naming import camel
from qualiforma.training import policies

M = TypeVar("M", bound=Model)

TAGS = ["Training"]
# Rules speak of a course; the wire names it by its id.
KEYS = {name: f"{name}_id" for name in ("course", "user", "company", "trainer", "enrollment")}

endpoint = partial(described, tags=TAGS)


class RecordViewSet(KernelViewSet[M]):
    """Read by the staff, changed by those who teach and organise."""

    etags = True
    permissions: ClassVar[Mapping[str, Callable[..., bool] | None]] = {
        "list": policies.can_read_records,
        "retrieve": policies.can_read_records,
        "create": policies.can_manage_records,
        "partial_update": policies.can_manage_records,
    }

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(_on_the_wire(exc))

    def parent(self, rows: Any, parameter: str) -> Any:
        """Return what the path names before the record, if the caller sees it."""
        found = get_object_or_404(rows.visible_to(self.actor), pk=self.kwargs[parameter])
        self.check_parameters()
        return found


def _on_the_wire(exc: Exception) -> Exception:
    """Name refused fields as they are sent."""
    if isinstance(exc, InvalidFieldsError) and hasattr(exc, "errors"):
        return InvalidFieldsError(
            [replace(one, field=KEYS.get(one.field, one.field)) for one in exc.errors]
        )
    if isinstance(exc, RuleError) and "fields" in exc.facts:
        names: Any = exc.facts["fields"]
        exc.facts["fields"] = [camel(KEYS.get(name, name)) for name in names]
    return exc
