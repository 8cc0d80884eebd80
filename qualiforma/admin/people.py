"""People whom a form offers as responsible: staff; namesakes are distinguished by their address."""

from collections import Counter
from typing import Any

from django.db.models import Q, QuerySet

from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role

# Not learners, who are users by the thousand, nor auditors, who only read.
RESPONSIBLE = (Role.ADMIN, Role.MANAGER, Role.TRAINER)
# Makes unfold's script turn a select into one that is searched by typing.
SEARCHED = {"class": "unfold-admin-autocomplete", "data-theme": "admin-autocomplete"}


def responsible_people(keep: str | None = None) -> QuerySet[User]:
    """Return who may be chosen, by name; `keep` is the person who is chosen already."""
    may = Q(is_active=True, role__in=RESPONSIBLE) | Q(pk=keep)
    people: QuerySet[User] = User.objects.filter(may).order_by("name", "pk")
    return people


def choices_of(people: QuerySet[User]) -> list[tuple[str, str]]:
    """Return keys and names, with the address where two bear one name. Cost: one query."""
    rows = list(people.values_list("pk", "name", "email"))
    bearers = Counter(name for _pk, name, _email in rows)
    return [(pk, f"{name} ({email})" if bearers[name] > 1 else name) for pk, name, email in rows]


def offer_people(field: Any, keep: str | None) -> None:
    """Let a form's choice of one user be among the responsible people, searched by typing."""
    field.queryset = people = responsible_people(keep)
    labels: dict[str, str] = {}

    def label(user: User) -> str:
        if user.pk not in labels:
            labels.update(choices_of(people))
        return labels.get(user.pk, user.name)

    field.label_from_instance = label
    # Of the select itself, where a wrapper adds links beside it.
    widget = getattr(field.widget, "widget", field.widget)
    widget.attrs["class"] = f"{widget.attrs.get('class', '')} {SEARCHED['class']}".strip()
    widget.attrs["data-theme"] = SEARCHED["data-theme"]
