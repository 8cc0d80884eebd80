"""Filters of a list whose choices are texts of the code alone are rendered once per language and choice.

Kept is what such texts, the order and the page's number make: a filter that names people or rows, and a list
that is searched or filtered, are rendered each time.
"""

from collections import OrderedDict
from typing import Any

from django.contrib.admin.templatetags import admin_list
from django.template.loader import get_template
from django.utils.functional import Promise
from django.utils.translation import get_language

from qualiforma.admin.rows import PLAIN

REMEMBERED = 512
# What it says depends on what `_key` names, and on nothing else.
TEMPLATE = "admin/filter.html"
_kept: OrderedDict[Any, str] = OrderedDict()


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
    given = {"title": spec.title, "choices": choices, "spec": spec}
    return str(get_template(spec.template).render(given))


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
