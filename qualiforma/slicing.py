"""Pages of long lists: which rows, first, then what is shown of them."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Func


class _IsAnyOf(Func):
    """Whether a value is in an array. Django puts `ANY` in brackets, which PostgreSQL refuses."""

    arg_joiner = " = ANY("
    template = "%(expressions)s)"
    output_field = BooleanField()


def shown_of(rows: Any, sliced: Any) -> Any:
    """Return the rows of a slice of `rows`, in the order of `rows`; one statement.

    The slice is of keys alone. PostgreSQL works out everything that is selected for the rows before
    it too: counts and lists of each, for thousands of rows that nobody asked for.

    The keys are an array, which PostgreSQL makes once. As `IN (SELECT ...)` it may make them again for
    each row: it does where a table has no statistics yet, and a page of 2,000 plans took 25 seconds.
    """
    return rows.filter(_IsAnyOf("pk", ArraySubquery(sliced.values("pk"))))


class KeysFirstPaginator(Paginator[Any]):
    """Django's, for lists under `/admin/`, whose pages are as cheap far behind as in front."""

    def page(self, number: int | str) -> Page[Any]:
        page = super().page(number)
        page.object_list = shown_of(self.object_list, page.object_list)
        return page
