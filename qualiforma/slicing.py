"""Pages of long lists: which rows, first, then what is shown of them."""

from typing import Any

from django.core.paginator import Page, Paginator


def shown_of(rows: Any, sliced: Any) -> Any:
    """Return the rows of a slice of `rows`, in the order of `rows`; one statement.

    The slice is of keys alone. PostgreSQL works out everything that is selected for the rows before
    it too: counts and lists of each, for thousands of rows that nobody asked for.
    """
    return rows.filter(pk__in=sliced.values("pk"))


class KeysFirstPaginator(Paginator[Any]):
    """Django's, for lists under `/admin/`, whose pages are as cheap far behind as in front."""

    def page(self, number: int | str) -> Page[Any]:
        page = super().page(number)
        page.object_list = shown_of(self.object_list, page.object_list)
        return page
