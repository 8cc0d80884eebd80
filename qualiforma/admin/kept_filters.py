"""Filters of a list whose choices are texts of the code alone are made once per shape of the list.

A filter that names people or rows, and a list that is searched or filtered, are made each time.
"""

from collections import OrderedDict
from typing import Any, ClassVar

from django.contrib.admin.filters import (
    BooleanFieldListFilter,
    ChoicesFieldListFilter,
    FieldListFilter,
    SimpleListFilter,
)
from django.contrib.admin.templatetags import admin_list
from django.template import Context
from django.template.base import render_value_in_context
from django.template.defaultfilters import iriencode
from django.template.loader import get_template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as of_django  # its text, not one of ours

from qualiforma.admin.kept_choices import labels_of

REMEMBERED = 512
TEMPLATE = "admin/filter.html"
_kept: OrderedDict[Any, dict[Any, str]] = OrderedDict()
CHOSEN = "font-semibold text-primary-600 dark:text-primary-500 "
OFFERED = "hover:text-base-700 dark:hover:text-base-200"
_FILTER = """

<div>
    <h3 class="font-semibold mb-2 text-font-important-light dark:text-font-important-dark">
        {}
    </h3>

    {}\n\n    \n        <ul class="border border-base-200 flex flex-col rounded-default shadow-xs dark:border-base-700">
            {}
        </ul>\n    \n</div>
"""
_CHOICE = """
                <li class="border-b border-base-200 last:border-b-0 dark:border-base-700 {}">
                    <a href="{}" title="{}" class="block px-3 py-2 hover:text-primary-600 dark:hover:text-primary-500">
                        {}
                    </a>
                </li>
            """


class OfCode(SimpleListFilter):
    """A filter whose choices are texts of the code, for each organisation and role the same."""

    of_code: ClassVar = True


class KeptFilter:
    """A filter that is known as text; nothing of it is chosen."""

    used_parameters: ClassVar[dict[str, Any]] = {}

    def __init__(self, text: str) -> None:
        self.text = text

    def expected_parameters(self) -> list[str]:
        """Return no parameter: the address names none of its own."""
        return []

    def choices(self, _shown: Any) -> list[Any]:
        """Return none: they are in the text."""
        return []


def filter_text(cl: Any, spec: Any) -> str:
    """Return a filter as Django's tag `admin_list_filter` does."""
    if isinstance(spec, KeptFilter):
        return spec.text
    text = _rendered(spec, list(spec.choices(cl)))
    shape = getattr(cl, "shape", None)
    if shape is not None and is_of_code(spec) and not cl.add_facets:
        _kept.setdefault(shape, {})[name_of(spec)] = text
        while len(_kept) > REMEMBERED:
            _kept.popitem(last=False)
    return text


def texts_of_code(shape: Any) -> dict[Any, str]:
    """Return the texts that are known of a list's filters, by their names."""
    return _kept.get(shape, {})


def name_of(filter_or_declared: Any) -> Any:
    """Return what names a filter of a list: its class, or the path of its field."""
    one = filter_or_declared
    if isinstance(one, FieldListFilter):
        return one.field_path
    if isinstance(one, list | tuple):
        return one[0]
    return one if isinstance(one, str | type) else type(one)


def is_of_code(spec: Any) -> bool:
    """Say whether its choices are texts of the code: of a field, or as its class says by `of_code`."""
    if isinstance(spec, ChoicesFieldListFilter):
        return labels_of(spec.field) is not None
    return isinstance(spec, BooleanFieldListFilter) or getattr(spec, "of_code", False)


def _rendered(spec: Any, choices: list[Any]) -> str:
    is_list = spec.template == TEMPLATE and not isinstance(spec, BooleanFieldListFilter)
    if is_list and not getattr(spec, "horizontal", None) and not getattr(spec, "lookup_val", None):
        return plain_filter(spec.title, choices)
    return by_template(spec, choices)


def by_template(spec: Any, choices: list[Any]) -> str:
    """Return a filter as its template has it."""
    given = {"title": spec.title, "choices": choices, "spec": spec}
    return str(get_template(spec.template).render(given))


def plain_filter(title: Any, choices: list[Any]) -> SafeString:
    """Return a filter as unfold's `filter.html` does, whose loop takes six nodes for each choice."""
    context = Context()
    named = of_django(" By %(filter_title)s ") % {
        "filter_title": render_value_in_context(title, context)
    }
    links = []
    for one in choices:
        shown = render_value_in_context(one["display"], context)
        address = conditional_escape(iriencode(one["query_string"]))
        links.append(_CHOICE.format(CHOSEN if one["selected"] else OFFERED, address, shown, shown))
    # The template first looks through the choices for hidden inputs.
    return SafeString(_FILTER.format(named, "\n        \n    " * len(choices), "".join(links)))


def install() -> None:
    """Let lists use it instead of Django's tag."""
    admin_list.register.simple_tag(filter_text, name="admin_list_filter")
