"""Parts of a record's page that Django makes anew each time a template names them, made once for the page.

A template goes through the lines of a form for their classes, their labels, their errors and their values; for
each, Django made the lines, the fields and what they show again.
"""

from collections.abc import Callable
from functools import wraps
from types import GeneratorType
from typing import Any, cast

from django.contrib.admin import helpers
from django.forms import Field, Widget
from django.forms.formsets import BaseFormSet
from django.forms.models import BaseInlineFormSet
from unfold.fields import UnfoldAdminReadonlyField
from unfold.forms import AdminForm, Fieldline, Fieldset

# Classes whose objects belong to one request, and their methods without arguments.
PARTS: tuple[tuple[type[Any], tuple[str, ...]], ...] = (
    *((AdminForm, ("__iter__",)), (Fieldset, ("__iter__",)), (Fieldline, ("__iter__",))),
    (helpers.InlineAdminFormSet, ("__iter__", "fields")),
    *((helpers.InlineAdminForm, ("__iter__",)), (helpers.InlineFieldset, ("__iter__",))),
    (UnfoldAdminReadonlyField, ("contents", "label_tag")),
)


# The form of a row that is not there yet, which is asked for its fields, its files and its text.
EMPTY: Any = BaseFormSet.empty_form


def kept(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Keep what a method returns with its object; of a generator, what it yields."""
    name = f"kept {make.__qualname__}"

    @wraps(make)
    def found(self: Any) -> Any:
        own = vars(self)
        if name not in own:
            made = make(self)
            own[name] = list(made) if isinstance(made, GeneratorType) else made
        return iter(own[name]) if isinstance(own[name], list) else own[name]

    return found


def copied(self: Any) -> Any:
    """Return a copy that shares what the object holds, as `copy.copy` makes it in a third of the calls."""
    made = object.__new__(type(self))
    vars(made).update(vars(self))
    return made


def install() -> None:
    """Let Django's pages use these; it offers no other way to."""
    for kind in (Field, Widget):
        cast("Any", kind).__copy__ = copied  # each form copies its fields, and their widgets
    for kind, names in PARTS:
        for name in names:
            setattr(kind, name, kept(getattr(kind, name)))
    rows: Any = BaseInlineFormSet
    rows.empty_form = property(kept(EMPTY.fget))
