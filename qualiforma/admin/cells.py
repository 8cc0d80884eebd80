"""The cells of a list: what a column has in common in every row is written once per list.

The text of a cell is unfold's own, `items_for_result`; a test compares both for every list.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote as urlquote

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import lookup_field, quote
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.urls import NoReverseMatch
from django.utils.functional import cached_property
from django.utils.html import conditional_escape, escape, format_html
from django.utils.http import RFC3986_SUBDELIMS
from django.utils.safestring import SafeString
from django.utils.translation import gettext as of_django  # its text, not one of ours
from unfold.templatetags import unfold_list
from unfold.templatetags.unfold_list import _coerce_field_name

from qualiforma.admin.kept_choices import labels_of

_ESCAPED = re.compile("[&<>\"']")
_MARK = "the-key-of-the-row"
_FILES = (models.FileField, models.JSONField)
REMEMBERED = 512
_kept: OrderedDict[Any, "list[Column]"] = OrderedDict()
_DAYS = (models.DateField, models.TimeField, models.ForeignKey)
# Returns the field of a column, what makes its values, and the value of a row; as Django's
# `lookup_field` does.
Look = Callable[[Any], tuple[Any, Any, Any]]


@dataclass
class Column:
    """One column: how its cells begin and end, and where their values come from."""

    look: Look
    classes: list[str]
    label: str
    tag: str
    is_link: bool

    def cell(self, text: Any, link: str, *, is_day: bool) -> SafeString:
        begin, end = self._day if is_day else self._usual
        shown = escaped(text)
        return SafeString(f"{begin}{link}{shown}</a>{end}" if link else f"{begin}{shown}{end}")

    @cached_property
    def _usual(self) -> tuple[str, str]:
        return self._around(self.classes)

    @cached_property
    def _day(self) -> tuple[str, str]:
        return self._around([*self.classes, "nowrap"])

    def _around(self, classes: list[str]) -> tuple[str, str]:
        begin = f'<{self.tag} class="{" ".join(classes)}" data-label="{self.label}">'
        return begin, f"</{self.tag}>"


def escaped(text: Any) -> str:
    """Return what Django's `conditional_escape` does, with fewer calls for a text with no sign to escape."""
    if type(text) is SafeString or (type(text) is str and not _ESCAPED.search(text)):
        return text
    return conditional_escape(text)


class Row(list[Any]):
    """The cells of a row, with the record; for templates."""

    form = None

    def __init__(self, instance: models.Model, cells: Iterator[SafeString]) -> None:
        super().__init__(cells)
        self.instance = instance

    @property
    def cells(self) -> SafeString:
        return SafeString("".join(self))  # each is safe


def rows_of(cl: Any) -> Iterator[Any]:
    """Return the rows of a list, unfold's own where it can be edited; unfold's `results`."""
    admin = cl.model_admin
    if getattr(cl, "formset", None) or getattr(admin, "ordering_field", None):
        yield from _unfold_rows(cl)
        return
    columns = _kept_columns(cl)
    link = _link(cl)
    for record in cl.result_list:
        yield Row(record, _cells(cl, columns, record, link))


_unfold_rows = unfold_list.results


def _kept_columns(cl: Any) -> list[Column]:
    """Return the columns, worked out once per shape of a list."""
    shape = getattr(cl, "shape", None)
    if shape is None:
        return list(_columns(cl))
    if shape not in _kept:
        _kept[shape] = list(_columns(cl))
        while len(_kept) > REMEMBERED:
            _kept.popitem(last=False)
    return _kept[shape]


def _columns(cl: Any) -> Iterator[Column]:
    headers = list(unfold_list.result_headers(cl))
    is_first_link = True
    for index, name in enumerate(cl.list_display):
        links = cl.list_display_links
        is_link = links is not None and (name in links if links else is_first_link)
        tag = "th" if is_link and is_first_link else "td"
        label = headers[index]["text"] if index or is_link else of_django("Select record")
        classes = [f"field-{_coerce_field_name(name, index)}", *unfold_list.ROW_CLASSES]
        if name == "action_checkbox":
            classes = unfold_list.CHECKBOX_CLASSES
        yield Column(_look(cl, name), classes, conditional_escape(label), tag, is_link)
        is_first_link = is_first_link and not is_link


def _look(cl: Any, name: Any) -> Look:
    """Find out once what a column is; where the record must say, it is asked each time."""
    admin = cl.model_admin
    try:
        field = cl.opts.get_field(name)
    except FieldDoesNotExist:
        if isinstance(name, str) and hasattr(admin, name) and name != "__str__":
            make = getattr(admin, name)
            return lambda record: (None, make, make(record))
        return lambda record: lookup_field(name, record, admin)
    if field.auto_created or not field.concrete or field.name != name:
        return lambda record: lookup_field(name, record, admin)
    return lambda record: (field, None, getattr(record, name))


def _cells(
    cl: Any, columns: list[Column], record: models.Model, link: Callable[[models.Model], str]
) -> Iterator[SafeString]:
    empty, begin = cl.model_admin.get_empty_value_display(), link(record)
    for column in columns:
        is_day = False
        try:
            field, make, value = column.look(record)
        except ObjectDoesNotExist:
            text = empty
        else:
            if field is None or field.auto_created:
                text = _made(record, make, value, empty)
                is_day = isinstance(value, date | time)
            else:
                text = _of_field(record, field, value, empty)
                is_day = isinstance(field, _DAYS)
        yield column.cell(text, begin if column.is_link else "", is_day=is_day)


def _made(record: models.Model, make: Any, value: Any, empty: str) -> Any:
    """Return what a method's value looks like, as its decorator has it."""
    empty = getattr(make, "empty_value_display", empty)
    if kinds := getattr(make, "label", False):
        return unfold_list.display_for_label(value, empty, kinds)
    if getattr(make, "dropdown", False):
        name = getattr(make, "__name__", "")
        return unfold_list.display_for_dropdown(record, name, value, empty)
    if getattr(make, "header", False):
        return unfold_list.display_for_header(value, empty)
    return unfold_list.display_for_value(value, empty, getattr(make, "boolean", False))


def _of_field(record: models.Model, field: Any, value: Any, empty: str) -> Any:
    if isinstance(field.remote_field, models.ManyToOneRel):
        related = getattr(record, field.name)
        return empty if related is None else related
    labels = labels_of(field)
    if labels and not isinstance(value, list | dict):
        return labels.get(value, empty)
    if type(value) is str and value and not isinstance(field, _FILES):
        return value
    return unfold_list.display_for_field(value, field, empty)


def _link(cl: Any) -> Callable[[models.Model], str]:
    """Return what begins the link to a record; its address is worked out once, with a mark for the key."""
    try:
        url = cl.url_for_result(SimpleNamespace(**{cl.pk_attname: _MARK}))
    except NoReverseMatch:
        return lambda record: ""
    around = {"preserved_filters": cl.preserved_filters, "opts": cl.opts}
    before, _, after = escape(add_preserved_filters(around, url)).partition(_MARK)
    classes = " ".join(unfold_list.LINK_CLASSES)
    opener = str(cl.to_field) if cl.to_field else cl.lookup_opts.pk.attname

    def begin(record: models.Model) -> str:
        key = urlquote(str(quote(getattr(record, cl.pk_attname))), safe=RFC3986_SUBDELIMS + "/~:@")
        more: Any = ""
        if cl.is_popup:
            given = record.serializable_value(opener)
            more = format_html(' data-popup-opener="{}"', given)
        return f'<a href="{before}{escape(key)}{after}" class="{classes}" {more}>'

    return begin
