"""A save that meets a record changed meanwhile: what others changed is shown, what was typed is kept.

The page's script names the fields that the person touched (`touched.js`). They keep what was typed;
the other fields take the values as they are now, so that a second save overwrites nothing unseen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.http import HttpRequest, QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from qualiforma.admin.descriptions import NOTHING, HistoryEntry, history_entries
from qualiforma.audit.models import AuditEvent
from qualiforma.errors import StaleError

TOUCHED = "touched"
OPENED = "opened"
SHOWN = 50
CHANGED_MEANWHILE = _(
    "Cette fiche a été modifiée depuis que vous l’avez ouverte. Rien n’est encore enregistré."
)
Values = dict[str, list[str]]


@dataclass(frozen=True)
class Row:
    """One field that the person changed: what is saved now, and what they typed."""

    title: str
    saved: str
    typed: str


@dataclass(frozen=True)
class Conflict:
    """What the page shows of it: the changes of others since it was opened, and one's own."""

    history_entries: list[HistoryEntry]
    rows: list[Row]


def last_entry(root_id: Any) -> int:
    """Return the sequence of the record's last entry in the trail, 0 without one. Cost: one query."""
    entries = AuditEvent.objects.filter(root_id=root_id).order_by("-seq")
    return entries.values_list("seq", flat=True).first() or 0


def refusal() -> StaleError:
    """Return what the form says at its head."""
    return StaleError(CHANGED_MEANWHILE)


def merge(
    request: HttpRequest, root_id: Any, form: forms.BaseForm, formsets: Iterable[Any] = ()
) -> Conflict:
    """Put the present values into the request's POST wherever nothing was typed.

    `form` and `formsets` are unbound, of the record as it is now. Cost: one query for the trail, and
    one for each field touched that names a row.
    """
    sent = request.POST
    data = sent.copy()
    touched = set(sent[TOUCHED].split(",")) if TOUCHED in sent else set(sent)
    rows = list(_merge_form(data, form, touched))
    for formset in formsets:
        rows += _merge_formset(data, formset, touched)
    if "expected_version" in form.fields:
        data["expected_version"] = str(form.initial["expected_version"])
    data[OPENED] = str(last_entry(root_id))
    request.POST = data  # type: ignore[assignment]  # a copy that can be changed
    return Conflict(_history_since(root_id, sent.get(OPENED, "")), rows)


def _history_since(root_id: Any, opened: str) -> list[HistoryEntry]:
    entries = AuditEvent.objects.filter(root_id=root_id).order_by("-seq")
    if opened.isascii() and opened.isdigit() and len(opened) < 19:
        entries = entries.filter(seq__gt=int(opened))
    return history_entries(entries[:SHOWN])


def _merge_form(
    data: QueryDict, form: forms.BaseForm, touched: set[str], prefix: str = "", about: str = ""
) -> Iterator[Row]:
    """Merge one form, whose fields are sent below `prefix`."""
    for name, field in form.fields.items():
        if name == "expected_version" or isinstance(field, forms.FileField):
            continue
        at = f"{prefix}-{name}" if prefix else name
        saved = dict(_sent_by(field.widget, at, form[name].value()))
        is_apart = isinstance(field.widget, forms.MultiWidget)  # a date and its time
        typed = {
            key: data.getlist(key)
            for key in data
            if key == at or (is_apart and key.startswith(f"{at}_"))
        }
        if not touched & set(typed | saved):
            for key in typed:
                del data[key]
            for key, values in saved.items():
                data.setlist(key, values)
        elif _filled(saved) != _filled(typed):
            title = " – ".join(filter(None, (about, capfirst(str(field.label or name)))))
            yield Row(title, _shown(field, saved), _shown(field, typed))


def _filled(values: Values) -> Values:
    return {
        key: filled for key, value in values.items() if (filled := [one for one in value if one])
    }


def _merge_formset(data: QueryDict, formset: Any, touched: set[str]) -> list[Row]:
    """Merge the rows below a form: all of them where none was touched, else those known by their key."""
    start = f"{formset.prefix}-"
    if not any(name.startswith(start) for name in touched):
        for key in [key for key in data if key.startswith(start)]:
            del data[key]
        _count(data, formset, len(formset.initial_forms))
        for rank, form in enumerate(formset.initial_forms):
            list(_merge_form(data, form, set(), f"{start}{rank}"))  # nothing to show of them
        return []
    rows: list[Row] = []
    known = {str(form.instance.pk): form for form in formset.initial_forms}
    sent = int(data.get(f"{start}INITIAL_FORMS") or 0)
    for rank in range(min(sent, formset.absolute_max)):  # Django takes any number of them
        form = known.get(data.get(f"{start}{rank}-id", ""))
        if form is not None:
            about = str(form.instance)
            rows += _merge_form(data, form, touched, f"{start}{rank}", about)
    return rows


def _count(data: QueryDict, formset: Any, total: int) -> None:
    for name in ("TOTAL_FORMS", "INITIAL_FORMS"):
        data[f"{formset.prefix}-{name}"] = str(total)


def _sent_by(widget: Any, name: str, value: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield what a browser would send of this value. Shape: name, values."""
    if isinstance(widget, RelatedFieldWidgetWrapper):
        widget = widget.widget
    if isinstance(widget, forms.MultiWidget):
        parts: Any = value if isinstance(value, list) else widget.decompress(value)
        suffixes = widget.widgets_names  # type: ignore[attr-defined]  # the stubs lack it
        for one, suffix, part in zip(widget.widgets, suffixes, parts, strict=True):
            yield from _sent_by(one, f"{name}{suffix}", part)
    elif isinstance(widget, forms.CheckboxInput):
        if value:
            yield name, ["on"]
    else:
        formatted = widget.format_value(value)
        found = formatted if isinstance(formatted, list | tuple) else [formatted]
        yield name, ["" if one is None else str(one) for one in found]


def _shown(field: Any, values: Values) -> str:
    """Return values as people read them."""
    flat = [one for value in values.values() for one in value if one]
    if isinstance(field, forms.BooleanField):
        return str(_("Oui") if flat else _("Non"))
    if isinstance(field, forms.ModelChoiceField):  # of several too
        known = {str(one.pk): one for one in field.queryset.filter(pk__in=flat)}  # type: ignore[union-attr]  # never without rows
        flat = [field.label_from_instance(known[one]) for one in flat if one in known]
    elif isinstance(field, forms.ChoiceField):
        choices: Any = field.choices  # ours are not grouped
        labels = {str(key): str(label) for key, label in choices}
        flat = [labels.get(one, one) for one in flat]
    return ", ".join(flat) or NOTHING
