"""What a trial shows: what becomes of each column, and the first rows as they would be stored."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone
from django.utils.translation import gettext as _

from qualiforma.training.importing.columns import Column
from qualiforma.training.importing.kinds import Kind
from qualiforma.training.importing.source import Row
from qualiforma.training.importing.table import Table

ROWS_SHOWN = 5
TEXT_SHOWN = 200


def shown_columns(table: Table) -> list[dict[str, str]]:
    """Return every column of the file with what becomes of it."""
    return [
        {
            "heading": title,
            "becomes": _becomes(table, index),
            "column": table.columns[index].name if index in table.columns else "",
        }
        for index, title in sorted(table.titles.items())
    ]


def shown_row(kind: Kind, table: Table, row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cells of a row beside what would be stored. Cost: one query for each id."""
    values = [
        {
            "heading": table.titles[index],
            "cell": _shortened(_worded(row.cells.get(index))),
            "value": _shortened(_stored(kind, column, given.get(column.name))),
        }
        for index, column in table.columns.items()
        if column.reads is not None
    ]
    return {"row": row.number, "values": values}


def _becomes(table: Table, index: int) -> str:
    column = table.columns.get(index)
    if column is None:
        return _("non comprise : ignorée")
    if column.fills and column.fills[0] in table.creates:
        return _("lue pour les fiches à créer")
    if column.only_shown:
        return _("affichée pour mémoire : non lue")
    return _("lue comme « %s »") % column.fr


def _stored(kind: Kind, column: Column, value: Any) -> str:
    if column.holds_ids_of is not None and value:
        rows = column.holds_ids_of._default_manager.in_bulk(value)
        return ", ".join(str(rows[one]) for one in value if one in rows)
    try:
        field: Any = kind.model._meta.get_field(column.name)
    except FieldDoesNotExist:
        field = None
    if field is not None and field.is_relation and isinstance(value, str):
        record = field.related_model._default_manager.filter(pk=value).first()
        return f"{record} ({value})" if record else value
    if field is not None and getattr(field, "choices", None) and isinstance(value, str):
        return str(dict(field.flatchoices).get(value, value))
    return _worded(value)


def _worded(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return local.strftime("%d/%m/%Y %H:%M:%S")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else _listed(value)


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _shortened(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN else f"{text[: TEXT_SHOWN - 1]}…"
