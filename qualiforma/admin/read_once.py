"""A page that is only read reads its record once, for its form and for what stands around it."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import unquote
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from qualiforma.admin import conflicts

_Base: Any = ModelAdmin if TYPE_CHECKING else object
# Of a request: a record that was read, with its id, and the trail's last entry before that.
_KEPT, _OPENED = "kept_record", "opened_at"


class ReadOnce(_Base):
    """Pages of a model, whose `changeform_view` asks `read_once` for the record."""

    def read_once(self, request: HttpRequest, object_id: str) -> Any:
        """Return the record of an address; the form of the same request does not read it again.

        What somebody changes from here on is found by the trail's last entry, noted before.
        """
        key = unquote(object_id)
        if request.method != "GET":
            return self.get_object(request, key)
        opened_at(request, key)
        found = self.get_object(request, key)
        vars(request)[_KEPT] = (key, found)
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        key, found = vars(request).get(_KEPT, ("", None))
        if key == object_id and request.method == "GET" and from_field is None:
            return found
        return super().get_object(request, object_id, from_field)


def opened_at(request: HttpRequest, key: str) -> str:
    """Return the sequence of the record's last entry when this request first asked."""
    kept: dict[str, str] = vars(request).setdefault(_OPENED, {})
    if key not in kept:
        kept[key] = str(conflicts.last_entry(key))
    return kept[key]
