"""Export: every record of a kind, in a file that an import reads back."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.exports.kinds import ExportKind, OnRows, Options, register
from qualiforma.exports.models import FileExport
from qualiforma.folders import temporary_folder
from qualiforma.training.importing.kinds import KINDS, Kind
from qualiforma.training.importing.reports import format_of
from qualiforma.training.importing.values import LANGUAGES
from qualiforma.training.importing.writers import Head, table_file

PIECE_ROWS = 500


@dataclass(frozen=True)
class Choice:
    """Some of the records, and how they were chosen: filters and search, as the trail keeps them."""

    rows: QuerySet[Any]
    filters: Mapping[str, str]


def give(
    kind: Kind,
    path: Path,
    *,
    actor: Actor,
    form: str,
    on_row: Callable[[int], None] = lambda _rows: None,
    choice: Choice | None = None,
) -> int:
    """Write the records of a kind to a file; return how many. The export is an entry of the trail.

    All of them, or those of `choice`.

    Shape: the count in the trail is that of the rows written; a file that the trail does not tell
    of is not kept. The trail is locked for the entry only. Memory: one piece. Errors: `OSError`.
    """
    language = (get_language() or LANGUAGES[0])[:2]
    heads = [Head(column.title(language), column.width) for column in kind.written()]
    rows = 0
    with ExitStack() as undo:
        undo.callback(path.unlink, missing_ok=True)
        with (
            transaction.atomic(),
            table_file(path, heads, sheet=str(kind.title), form=form) as writer,
        ):
            records = kind.records()
            if choice is not None:
                records = records.filter(pk__in=choice.rows.order_by().values("pk"))
            for record in records.iterator(PIECE_ROWS):
                expected_versions = kind.as_seen_by(record, actor)
                writer.write(column.shows(expected_versions) for column in kind.written())
                rows += 1
                on_row(rows)
        with audit.action("training.records.exported", actor=actor):
            noted = {"filters": dict(choice.filters)} if choice else {}
            audit.log_event("", "", kind=kind.name, rows=rows, format=form, **noted)
        undo.pop_all()
    return rows


def write_template(kind: Kind, path: Path) -> None:
    """Write a model file: the columns that people usually fill, and an example, which no import takes."""
    language = (get_language() or LANGUAGES[0])[:2]
    columns = [one for one in kind.columns if one.example]
    heads = [Head(one.title(language), one.width) for one in columns]
    with table_file(path, heads, sheet=str(kind.title), form=format_of(path)) as writer:
        writer.write(one.example for one in columns)


def file_name(kind: Kind, form: str) -> str:
    """Return the name that an export is saved under."""
    return f"{kind.name}-{timezone.localdate().isoformat()}.{form}"


def _may_ask(actor: Actor, options: Options) -> bool:
    return KINDS[options["kind"]].may_export(actor)


def _write(asked: FileExport, file: IO[bytes], on_rows: OnRows) -> str:
    kind, form = KINDS[asked.options["kind"]], asked.options["format"]
    with temporary_folder("export") as folder:
        made = Path(folder, f"export.{form}")
        give(kind, made, actor=asked.reader, form=form, on_row=on_rows)
        with made.open("rb") as whole:
            shutil.copyfileobj(whole, file)
    return file_name(kind, form)


RECORDS = register(ExportKind("training.records", _may_ask, _write))
