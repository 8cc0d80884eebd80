"""Filters of a list whose choices are texts of the code alone are rendered once per language and choice.

Kept is what such texts, the order and the page's number make: a filter that names people or rows, and a list
that is searched or filtered, are rendered each time.
"""

from collections import OrderedDict
from typing import Any

from django.contrib.admin.filters import BooleanFieldListFilter
from django.contrib.admin.templatetags import admin_list
from django.template import Context
from django.template.base import render_value_in_context
from django.template.defaultfilters import iriencode
from django.template.loader import get_template
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as of_django  # its text, not one of ours

from qualiforma.admin.rows import PLAIN

REMEMBERED = 512
# What it says depends on what `_key` names, and on nothing else.
TEMPLATE = "admin/filter.html"
_kept: OrderedDict[Any, str] = OrderedDict()
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


def filter_text(cl: Any, spec: Any) -> str:
    """Return a filter as Django's tag `admin_list_filter` does."""
    choices = list(spec.choices(cl))
    key = _key(cl, spec, choices)
    if key is None:
        return _rendered(spec, choices)
    if key not in _kept:
        _kept[key] = _rendered(spec, choices)
        while len(_kept) > REMEMBERED:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]


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


def _key(cl: Any, spec: Any, choices: list[Any]) -> Any:
    """Return all that the text is made of, None where that is more than texts of the code."""
    is_plain = spec.template == TEMPLATE and set(cl.params) <= PLAIN and not cl.query
    if not is_plain or not isinstance(spec.title, Promise):
        return None
    if not all(isinstance(one.get("display"), Promise) for one in choices):
        return None
    shown = tuple((one["selected"], one["query_string"], str(one["display"])) for one in choices)
    return (get_language(), type(spec), getattr(spec, "horizontal", None), str(spec.title), shown)


def install() -> None:
    """Let lists use it instead of Django's tag."""
    admin_list.register.simple_tag(filter_text, name="admin_list_filter")
