"""People whom a form offers as responsible: staff; namesakes are distinguished by their address."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget

from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.admin.records import RecordAdmin, with_attributes
from qualiforma.lookups import PlainRows

_Base: Any = RecordAdmin if TYPE_CHECKING else object
# Not learners, who are users by the thousand, nor auditors, who only read.
RESPONSIBLE = (Role.ADMIN, Role.MANAGER, Role.TRAINER)
# Makes unfold's script turn a select into one that is searched by typing.
SEARCHED = {"class": "unfold-admin-autocomplete", "data-theme": "admin-autocomplete"}


# Their statement is written once.
_responsible = PlainRows(1)


class PeopleSelect(UnfoldAdminSelectWidget):
    """A select of people whose options one template writes.

    Django renders two templates for each option: a plan's page has one select of all people for each action.
    """

    def _render(self, template_name: str, context: Any, renderer: Any = None) -> SafeString:
        return render_to_string("backoffice/people_select.html", context)


def responsible_people(keep: str | None = None) -> QuerySet[User]:
    """Return who may be chosen, by name; `keep` is the person who is chosen already."""
    may = Q(is_active=True, role__in=RESPONSIBLE) | Q(pk=keep)
    people: QuerySet[User] = User.objects.filter(may).order_by("name", "pk")
    return people


def choices_of(people: QuerySet[User]) -> list[tuple[str, str]]:
    """Return keys and names, with the address where two bear one name. Cost: one query."""
    return _choices(list(_named(people)))


def _named(people: QuerySet[User]) -> Any:
    return people.values_list("pk", "name", "email")


def _choices(rows: Sequence[Any]) -> list[tuple[str, str]]:
    bearers = Counter(name for _pk, name, _email in rows)
    return [(pk, f"{name} ({email})" if bearers[name] > 1 else name) for pk, name, email in rows]


def choices_for(request: Any) -> list[tuple[str, str]]:
    """Return the choices of responsible people, read once for all forms of a page."""
    if not hasattr(request, "responsible_choices"):
        rows = _responsible("all", lambda: _named(responsible_people()))
        request.responsible_choices = _choices(rows)
    found: list[tuple[str, str]] = request.responsible_choices
    return found


def offer_people(
    field: Any, keep: str | None, known: Sequence[tuple[str, str]] | None = None
) -> None:
    """Let a form's choice of one user be among the responsible people, searched by typing.

    `known` are the choices, where the page has read them. Cost: one query, none where they suffice.
    """
    field.queryset = people = responsible_people(keep)
    if known is None or (keep and keep not in dict(known)):
        known = choices_of(people)
    # The select itself, where a wrapper adds links beside it.
    is_wrapped = hasattr(field.widget, "widget")
    widget = PeopleSelect()
    widget.attrs = dict(field.widget.widget.attrs if is_wrapped else field.widget.attrs)
    widget.attrs["class"] = f"{widget.attrs.get('class', '')} {SEARCHED['class']}".strip()
    widget.attrs["data-theme"] = SEARCHED["data-theme"]
    widget.is_required = field.required
    if is_wrapped:
        field.widget.widget = widget
    else:
        field.widget = widget
    none = [] if field.empty_label is None else [("", field.empty_label)]
    field.choices = [*none, *known]


class OffersPeople(_Base):
    """A record's page whose form takes the choices of responsible people as its `people`."""

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,
        **kwargs: Any,
    ) -> type[Any]:
        form = super().get_form(request, obj, change=change, **kwargs)
        return with_attributes(form, people=choices_for(request))
