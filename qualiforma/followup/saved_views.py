"""Views of a list that a person keeps: its filters, columns and groups, under a name of their own."""

from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.followup.models import VIEW_NAME_MAX, VIEW_QUERY_MAX, SavedView

VIEWS_MAX = 30


def save_view(*, page: str, name: str, query: str, actor: Actor) -> SavedView:
    """Keep a view for this person alone; under a name that they have already, in its place.

    Errors: `InvalidFieldsError` naming `name` or `query`.
    """
    name = " ".join(name.split())
    mine = SavedView.objects.filter(owner=actor.id, page=page)
    if not name or len(name) > VIEW_NAME_MAX:
        text = _("Donnez à cette vue un nom de %d caractères au plus.") % VIEW_NAME_MAX
        raise InvalidFieldsError([FieldError("name", "invalid", text)])
    if len(query) > VIEW_QUERY_MAX:
        text = _("Ces filtres sont trop nombreux pour être gardés.")
        raise InvalidFieldsError([FieldError("query", "max_length", text)])
    if mine.exclude(name=name).count() >= VIEWS_MAX:
        text = _("Vous gardez déjà %d vues de cette liste ; supprimez-en une.") % VIEWS_MAX
        raise InvalidFieldsError([FieldError("name", "too_many", text)])
    view, _made = SavedView.objects.update_or_create(
        owner_id=actor.id, page=page, name=name, defaults={"query": query}
    )
    return view


def delete_view(*, view: SavedView) -> None:
    """Forget a view. What it showed stays."""
    view.delete()
