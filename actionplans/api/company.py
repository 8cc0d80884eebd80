"""What the views of this family have in common: its credentials, its paging, no envelope.

Source: api-action-plans; it belongs to another vendor's conventions than the rest of the API.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model
from rest_framework.generics import get_object_or_404

from qualiforma.api.auth import BearerAuthentication, SessionIdAuthentication
from qualiforma.api.pagination import Slices
from qualiforma.api.views import KernelViewSet
from qualiforma.errors import NotAllowedError

M = TypeVar("M", bound=Model)


class CompanyViewSet(KernelViewSet[M]):
    authentication_classes = (SessionIdAuthentication, BearerAuthentication)
    pagination_class: type[Slices] | None = Slices
    bare = True

    def dressed(self, rows: Any) -> Any:
        """Add to the rows of one slice what their answer shows."""
        return rows

    def chosen(self, rows: Any) -> Any:
        """Return the rows that the call's filters choose, which need not be of the view's model."""
        return self.filter_queryset(rows)

    def found(self, rows: Any, pk: str, *allowed: Callable[..., bool]) -> Any:
        """Return the row that a path names: 404, then 403, then 400 for unknown parameters."""
        row = get_object_or_404(rows, pk=pk)
        if not all(policy(self.actor, row) for policy in allowed):
            raise NotAllowedError
        self.check_parameters()
        return row


def stated(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what was said: in this family null says nothing."""
    return {name: value for name, value in fields.items() if value is not None}
