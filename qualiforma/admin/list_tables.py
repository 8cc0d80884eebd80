"""The table of a list: what its template is given, and its rows, which no template writes."""

from typing import Any

from django.template import Context, Library
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from unfold.templatetags import unfold_list

register = Library()
_GROUP = '<tbody class="qf-group"><tr><th scope="rowgroup" colspan="{}">{}</th></tr></tbody>\n'
_ROW = """                <tbody class="block relative lg:table-row-group {}" x-data="{{rowOpen: false}}">
                    <tr class="data-row block border border-base-200 mb-3 relative rounded-default lg:table-row lg:border-none lg:mb-0 lg:rounded-none dark:border-base-800">{}</tr>
                </tbody>
"""
_SHADES = ("", "bg-base-50 dark:bg-white/[.02]")


@register.inclusion_tag("admin/change_list_results.html", takes_context=True)
def list_table(context: Context, cl: Any) -> dict[str, Any]:
    """Return what unfold's `result_list` does; the headers are worked out where they are asked for."""
    admin, actions = cl.model_admin, context.get("actions_row")
    rows = list(unfold_list.results(cl))
    extras = ("ordering_field", "list_sections")
    is_plain = not (actions or cl.formset or any(getattr(admin, one, None) for one in extras))

    def headers() -> list[dict[str, Any]]:
        return list(unfold_list.result_headers(cl))

    return {
        "cl": cl,
        "request": context["request"],
        "result_hidden_fields": list(unfold_list.result_hidden_fields(cl)),
        "result_headers": headers,
        "num_sorted_fields": lambda: sum(one["sortable"] and one["sorted"] for one in headers()),
        "results": rows,
        "rows_text": rows_text(rows) if is_plain else None,
        "actions_row": actions,
        "has_add_permission": admin.has_add_permission(context["request"]),
    }


def rows_text(rows: list[Any]) -> SafeString:
    """Return the rows of a table, under the headings of their groups."""
    parts, group = [], None
    for at, row in enumerate(rows):
        heading = getattr(row.instance, "group_label", None)
        if heading and heading != group:
            parts.append(_GROUP.format(len(row), conditional_escape(heading)))
        group = heading or group
        parts.append(_ROW.format(_SHADES[at % 2], row.cells))
    return SafeString("".join(parts))
