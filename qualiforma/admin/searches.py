"""What a list's search finds: words as the API does, related texts, ids and numbers."""

import re
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Q
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from qualiforma.search import matching

# Ids and numbers: a digit, no blank.
NAME = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9_-]{4,80}", re.ASCII)
_Base: Any = ModelAdmin if TYPE_CHECKING else object


class SearchedLists(_Base):
    """A list that is searched."""

    # Texts of related rows that a search looks through too, such as "actions__description".
    search_related: ClassVar[tuple[str, ...]] = ()

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """As the API searches: accents, case and apostrophes make no difference.

        What names one record, its id or its number, finds that one alone.
        """
        if not self.search_fields:
            return queryset, False
        term = search_term.strip()
        if NAME.fullmatch(term):
            named = queryset.filter(self.named_by(term))
            if named.exists():
                return named, False
        related = self.search_related
        return matching(queryset, search_term, *self.search_fields, related=related), False

    def named_by(self, term: str) -> Q:
        """Return what finds the record that a term names: its id; subclasses know numbers."""
        return Q(pk=term)
