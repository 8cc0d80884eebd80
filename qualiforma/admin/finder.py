"""One search over everything: plans, complaints, people, courses, and whatever has this id or number.

Each app says what of it is found (`Kind`), by the rows that its lists show to the same person and by
texts that an index serves. Source: issue 23, "Global search".
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.actor import Actor
from qualiforma.admin.records import actor_of
from qualiforma.admin.searches import NAME
from qualiforma.admin.site import site
from qualiforma.search import matching
from qualiforma.slicing import shown_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SHOWN_EACH = 6
# Of what matches, so many are put in order: who finds more searches for more words.
CANDIDATES = 60
WORDS_MAX = 200
# Indexes are of three letters in a row: one word at least must have as many.
LETTERS = 3


def by_id(term: str) -> Q:
    """Return what finds the record of this id."""
    return Q(pk=term)


@dataclass(frozen=True)
class Kind:
    """What is found of one kind. Shape: `rows` are those the actor's list shows, none without right.

    `fields` are those of an index of `searched_text`; `named` finds a record by its id or number.
    """

    title: "StrOrPromise"
    icon: str
    rows: Callable[[Actor], QuerySet[Any]]
    fields: tuple[str, ...]
    order: tuple[str, ...]
    page: Callable[[Any], str]
    named: Callable[[str], Q] = by_id


@dataclass
class Found:
    """What was found of one kind: (text, address) of as many as are shown; whether there are more."""

    title: "StrOrPromise"
    icon: str
    rows: list[tuple[str, str]] = field(default_factory=list)
    has_more: bool = False


kinds: list[Kind] = []


def find(actor: Actor, words: str) -> list[Found]:
    """Return what is found, kind by kind. Cost: a statement for each kind, two for an id."""
    term = " ".join(words.split())[:WORDS_MAX]
    is_long_enough = any(len(one) >= LETTERS for one in term.split())
    found = []
    for kind in kinds if is_long_enough else ():
        rows = kind.rows(actor)
        hits = list(rows.filter(kind.named(term))) if NAME.fullmatch(term) else []
        if not hits and kind.fields:
            # Without an order first: by an order's index the database would read, and compare, all rows.
            some = matching(rows, term, *kind.fields).order_by()[:CANDIDATES]
            hits = list(shown_of(rows, some).order_by(*kind.order)[: SHOWN_EACH + 1])
        if hits:
            shown = [(str(one), kind.page(one)) for one in hits[:SHOWN_EACH]]
            found.append(Found(kind.title, kind.icon, shown, len(hits) > SHOWN_EACH))
    return found


@site.page("find/", "find")
def find_view(request: HttpRequest) -> HttpResponse:
    """Show what is found; with `part`, the list alone, as the field in the header asks for it."""
    words = request.GET.get("q", "").replace("\0", "")
    term = words.strip()
    context = {
        "words": words[:WORDS_MAX],
        "found": find(actor_of(request), term),
        "is_short": not any(len(one) >= LETTERS for one in term.split()),
    }
    if "part" in request.GET:
        return TemplateResponse(request, "backoffice/found.html", context)
    context |= {**site.each_context(request), "title": _("Recherche")}
    return TemplateResponse(request, "backoffice/find.html", context)
