"""Views of a list that a person keeps: its filters, columns and groups, under a name of their own."""

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.actor import Actor
from qualiforma.api.serializers import is_visible
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.followup.models import VIEW_NAME_MAX, VIEW_QUERY_MAX, SavedView

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

VIEWS_MAX = 30
# What parts a query, or no address may hold.
_SPECIAL = re.compile(r"""[\x00-\x20%&=+#;"'<>\\^`{|}\x7f]""")


def readable_query(asked: Iterable[tuple[str, str]]) -> str:
    """Return a query with its letters as people write them: who erases a person looks for their name."""
    return "&".join(f"{_readable(name)}={_readable(value)}" for name, value in asked)


def _readable(text: str) -> str:
    return _SPECIAL.sub(lambda found: quote_plus(found[0]), text)


def save_view(*, page: str, name: str, query: str, actor: Actor) -> SavedView:
    """Keep a view for this person alone; under a name that they have already, in its place.

    Errors: `InvalidFieldsError` naming `name` or `query`.
    """
    name = " ".join(name.split())
    mine = SavedView.objects.filter(owner=actor.id, page=page)
    if len(name) > VIEW_NAME_MAX or not any(map(is_visible, name)):
        raise _refused(
            "name", _("Donnez à cette vue un nom de %d caractères au plus.") % VIEW_NAME_MAX
        )
    if any(unicodedata.category(one) == "Cc" for one in name):
        raise _refused(
            "name", _("Le nom de cette vue contient un caractère invisible ; retapez-le.")
        )
    if len(query) > VIEW_QUERY_MAX:
        raise _refused("query", _("Il y a trop de filtres pour enregistrer cette vue."))
    if mine.exclude(name=name).count() >= VIEWS_MAX:
        raise _refused(
            "name",
            _("Vous avez déjà enregistré %d vues de cette liste ; supprimez-en une.") % VIEWS_MAX,
        )
    view, _made = SavedView.objects.update_or_create(
        owner_id=actor.id, page=page, name=name, defaults={"query": query}
    )
    return view


def _refused(field: str, text: "StrOrPromise") -> InvalidFieldsError:
    return InvalidFieldsError([FieldError(field, "invalid", text)])


def delete_view(*, view: SavedView) -> None:
    """Forget a view. What it showed stays."""
    view.delete()
