"""What the views of this family have in common: its credentials, its paging, no envelope.

Source: api-action-plans; it belongs to another vendor's conventions than the rest of the API.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request

from qualiforma.api.auth import BearerAuthentication, SessionIdAuthentication
from qualiforma.api.compiled import Statement
from qualiforma.api.found import FoundViewSet
from qualiforma.api.pagination import MAX_PER_PAGE, Slices
from qualiforma.api.responses import Written
from qualiforma.errors import NotAllowedError

M = TypeVar("M", bound=Model)
R = TypeVar("R", bound=Model)


class WrittenSlices(Slices):
    """Slices that the database can write, too."""

    def read_bounds(self, request: Request) -> None:
        """Note which slice is asked for. Errors: 400 naming the parameter."""
        self.start, end = self._bounds(request)
        self.end = min(end, self.start + MAX_PER_PAGE)

    def written(self, statement: Statement, caller: str) -> Written:
        """Answer the slice as the database writes it. Cost: one statement."""
        count = max(self.end - self.start, 0)
        total, rows = statement.run(caller=caller, start=self.start, count=count)
        bounds = f'"from":{self.start},"to":{min(self.end, total)},"total":{total}'
        return Written(f'{{{bounds},"result":[{rows}]}}')


class CompanyViewSet(FoundViewSet[M]):
    authentication_classes = (SessionIdAuthentication, BearerAuthentication)
    pagination_class: type[Slices] | None = WrittenSlices
    bare = True

    def dressed(self, rows: Any) -> Any:
        """Add to the rows of one slice what their answer shows."""
        return rows

    def named_row(
        self,
        rows: Callable[..., QuerySet[R]],
        *keys: str,
        policy: Callable[..., bool] | None = None,
    ) -> R:
        """Return the row that a path names: 404, then 403, then 400 for unknown parameters.

        `rows` is called with the keys. Cost: one query, and the policy's.
        """
        row = self.found(rows, *keys)
        if policy and not policy(self.actor, row):
            raise NotAllowedError
        self.check_parameters()
        return row


def stated(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what was said: in this family null says nothing."""
    return {name: value for name, value in fields.items() if value is not None}
