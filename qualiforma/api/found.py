"""Views whose single rows are found by statements that are compiled once per shape of the call."""

from collections.abc import Callable
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils import timezone

from qualiforma.api.compiled import row_for
from qualiforma.api.views import KernelViewSet

M = TypeVar("M", bound=Model)
R = TypeVar("R", bound=Model)


class FoundViewSet(KernelViewSet[M]):
    """Finds what a path names without the filters of its list, which a single row has none of.

    `get_queryset` depends on the action, the caller's role and id and the day alone, and prefetches
    nothing for a single row.
    """

    def get_object(self) -> M:
        key = self.lookup_url_kwarg or self.lookup_field
        found = self.found(lambda one: self.get_queryset().filter(pk=one), self.kwargs[key])
        self.check_parameters()
        return found

    def found(self, rows: Callable[..., QuerySet[R]], *keys: str) -> R:
        """Return the row with these keys, as this action shows it. Errors: 404. Cost: one query."""
        shape = (type(self), self.action, self.actor.role, timezone.localdate(), len(keys))
        row = row_for(shape, self.actor.id, rows, *keys)
        if row is None:
            raise Http404
        return row
