"""The titles and cells of rows below a form are written without templates: unfold takes up to three for each cell.

The text is that of unfold's `tabular_group.html`, `tabular_title.html` and `tabular_field.html`, but for white space.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.templatetags.admin_modify import cell_count
from django.contrib.admin.utils import quote
from django.template import Context, Library
from django.template.base import render_value_in_context
from django.urls import reverse
from django.utils.html import format_html, strip_spaces_between_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext

register = Library()
_HELPERS = "unfold/helpers"
_BEGIN = (
    "min-h-[62.5px] align-middle border-b max-md:border-b border-base-200 {around} "
    "dark:border-base-800 field-{name} group field-tabular {errors}{padding} flex items-center "
    "before:capitalize before:font-semibold before:content-[attr(data-label)] "
    "before:text-font-important-light dark:before:text-font-important-dark before:mr-auto "
    "before:font-text before:pr-4 lg:before:hidden font-normal px-3 lg:first:pl-3 lg:last:pr-3 "
    "lg:px-1.5 text-left lg:table-cell {hidden} {order}"
)
_TITLE = (
    '<tr class="border-b border-base-200 dark:border-base-800 bg-base-50 dark:bg-white/[.02] '
    'lg:bg-transparent lg:border-0 dark:lg:bg-transparent!"><td colspan="{}">{}{}</td></tr>'
)
_NAMED = (
    '<p class="group/title flex font-medium items-center px-3 text-xs py-2 lg:pb-0 lg:pt-2">'
    '<span class="">{}</span>'
    '<span class="ml-2 font-normal leading-none text-xs text-primary-600 dark:text-primary-500 '
    'group-hover/title:block hidden">{}</span></p>'
)
_CHANGE = '<a href="{}" class="align-middle">{}</a>'


@register.simple_tag(takes_context=True)
def hidden_inputs(context: Context) -> SafeString:
    """Return the inputs of a row that are not shown."""
    fields = (field for line in _lines(context) for field in line)
    hidden = [_text(context, one.field) for one in fields if _is_hidden(one)]
    return SafeString(strip_spaces_between_tags("\n".join(hidden).strip()))


@register.simple_tag(takes_context=True)
def shown_cells(context: Context) -> SafeString:
    """Return the cells of a row."""
    parts = []
    for fieldset in context["inline_admin_form"]:
        parts.append("\n            ")
        for at, line in enumerate(fieldset):
            parts.append("\n                ")
            for place, field in enumerate(line):
                parts.append("\n                    ")
                if not _is_hidden(field):
                    parts.append(_cell(context, field, is_first=at == place == 0))
                parts.append("\n                ")
            parts.append("\n            ")
        parts.append("\n        ")
    return SafeString("".join(parts))


@register.simple_tag(takes_context=True)
def row_title(context: Context) -> SafeString:
    """Return the title of a row that is stored, and its keys; of one with a page of its own by the template."""
    row, options = context["inline_admin_form"], context["inline_admin_formset"].opts
    if not row.original and not row.show_url:
        return SafeString("")
    if row.show_url or getattr(row.form, "nested_formsets", None):
        return SafeString(_included(context, "edit_inline/tabular_title.html"))
    keys = [row.pk_field()] if row.needs_explicit_pk_field() else []
    keys += [one for one in [row.fk_field()] if one]
    hidden = "".join(_text(context, one.field) for one in keys)
    title = "" if options.hide_title else _title(context, row)
    return SafeString(_TITLE.format(_width(context["inline_admin_formset"], row), title, hidden))


def _title(context: Context, row: Any) -> str:
    named = getattr(row.original, "get_inline_title", None)
    title = _text(context, (named and named()) or row.original)
    return _NAMED.format(title, _link(context, row))


def _width(formset: Any, row: Any) -> int:
    """Return how many cells a row has, which is the same for all of a formset."""
    known: dict[str, int] = vars(formset)
    if "kept width" not in known:
        known["kept width"] = cell_count(row)
    return known["kept width"]


def _link(context: Context, row: Any) -> SafeString:
    options = row.model_admin
    if not (options.show_change_link and options.has_registered_model):
        return SafeString("")
    page = f"admin:{options.opts.app_label}_{options.opts.model_name}_change"
    app = getattr(context.request, "current_app", None)  # type: ignore[attr-defined]
    address = reverse(page, args=[quote(row.original.pk)], current_app=app)
    return format_html(_CHANGE, address, gettext("Change"))


def _lines(context: Context) -> Iterator[Any]:
    for fieldset in context["inline_admin_form"]:
        yield from fieldset


def _is_hidden(field: Any) -> bool:
    return not field.is_readonly and field.field.is_hidden


def _cell(context: Context, field: Any, *, is_first: bool) -> str:
    name, label = _of(field, "name"), _text(context, _of(field, "label"))
    classes = f' class="{_classes(context, field, name)}"' if name else ""
    value = _value(context, field) if field.is_readonly else _input(context, field)
    drag = ""
    if is_first and getattr(context["inline_admin_formset"].opts, "ordering_field", None):
        drag = _included(context, "edit_inline/inline_drag.html", tabular=1)
        drag = f"\n        {drag}\n    "
    return (
        f'\n                        <td{classes} data-label="{label}">'
        '\n                            <div class="flex flex-row gap-3 items-center">'
        f"\n    {drag}\n\n    {value}\n</div>\n\n                        </td>\n                    "
    )


def _classes(context: Context, field: Any, name: str) -> str:
    row, options = context["inline_admin_form"], context["inline_admin_formset"].opts
    order = getattr(options, "ordering_field", None)
    is_order = order and name == order and options.hide_ordering_field
    around = ""
    if context.get("nested_inline"):
        around = "lg:group-[.last]/nested:border-b-0"
    elif not getattr(row.form, "nested_formsets", None):
        around = "lg:group-[.last]/parent:border-b-0"
    return _BEGIN.format(
        around=around,
        name=_text(context, name),
        errors=" errors" if _of(field, "errors") else "",
        padding=" p-3 lg:py-3" if row.original else " py-3",
        hidden=" hidden!" if _of(field, "is_hidden") else "",
        order="hidden!" if is_order else "",
    )


def _of(field: Any, name: str) -> Any:
    """Return what a field says of itself; one that is only read says it in a dictionary."""
    told = field.field
    return told.get(name) if isinstance(told, dict) else getattr(told, name, None)


def _value(context: Context, field: Any) -> str:
    """Return the value of a field that is only read."""
    if field.is_file or context.get("outline") or context.get("value"):
        text = _included(context, "field_readonly_value.html", field=field, tabular=1)
    else:
        contents = field.contents()
        shown = _text(context, contents) if contents and contents != "None" else "-"
        width = "max-w-4xl" if field.is_json else "max-w-2xl"
        text = (
            f'\n    <div class="readonly break-words {width} *:rounded-default">{shown}</div>\n\n'
        )
    return f"\n        {text}\n    "


def _input(context: Context, field: Any) -> str:
    errors = "".join(
        f"\n                        {_text(context, one)}\n                    "
        for one in field.field.errors
    )
    if errors:
        errors = (
            '\n                <div class="mt-2 text-red-600 text-xs dark:text-red-500">'
            f"\n                    {errors}\n                </div>\n            "
        )
    return (
        f'\n        <div class="flex flex-col grow">\n            {_text(context, field.field)}'
        f"\n\n            {errors}\n        </div>\n    "
    )


def _text(context: Context, value: Any) -> str:
    return str(render_value_in_context(value, context))


def _included(context: Context, name: str, **given: Any) -> str:
    template: Any = context.template
    with context.push(**given):
        return str(template.engine.get_template(f"{_HELPERS}/{name}").render(context))
