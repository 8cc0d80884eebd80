"""A field for rows of a table of any length: those chosen as checkboxes, others found by searching.

Plain checkboxes: a keyboard and a screen reader know them, and the policy needs no exception.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from unfold.widgets import CHECKBOX_CLASSES, UnfoldAdminTextInputWidget

FOUND_MAX = 20
Describe = Callable[[Any], str]


class PickWidget(forms.SelectMultiple):
    """Shows what is chosen; asks the address for the rest."""

    template_name = "backoffice/pick.html"

    class Media:
        js: ClassVar = ["backoffice/pick.js"]

    def __init__(self, *, route: str, describe: Describe, label: Any, placeholder: Any) -> None:
        super().__init__()
        self.route, self.describe = route, describe
        self.label, self.placeholder = label, placeholder
        # Rows that the form has read already, by key.
        self.known: dict[Any, Any] = {}

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        """Return the search's: what it finds is chosen there."""
        return id_

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """By the project's templates. Cost: one query for what is chosen, none where all is known."""
        keys = [
            key for key in value or [] if str(key).isprintable()
        ]  # as a hand-made form may not be
        choices: Any = self.choices  # of rows
        rows = (
            [self.known[key] for key in keys]
            if self.known.keys() >= set(keys)
            else choices.queryset.filter(pk__in=keys)
        )
        context = {
            "widget": {"name": name, "attrs": attrs or {}},
            "chosen": [{"id": one.pk, "text": self.describe(one)} for one in rows],
            "address": reverse(self.route),
            "label": self.label,
            "placeholder": self.placeholder,
            "classes": UnfoldAdminTextInputWidget().attrs["class"],
            "box_classes": " ".join(CHECKBOX_CLASSES),
        }
        return render_to_string(self.template_name, context)


def found(rows: Any, describe: Describe) -> dict[str, Any]:
    """Return what the script asked for. Shape: plain JSON. Cost: one query."""
    first = list(rows[: FOUND_MAX + 1])
    return {
        "results": [{"id": one.pk, "text": describe(one)} for one in first[:FOUND_MAX]],
        "more": len(first) > FOUND_MAX,
    }
