"""Export: every record of a kind, in a file that an import reads back."""

from collections.abc import Callable
from pathlib import Path

from django.db import transaction
from django.utils.translation import get_language

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.training.exchange.kinds import Kind
from qualiforma.training.exchange.values import LANGUAGES
from qualiforma.training.exchange.writers import Head, table_file

PIECE_ROWS = 500


def give(
    kind: Kind,
    path: Path,
    *,
    actor: Actor,
    form: str,
    on_row: Callable[[int], None] = lambda _rows: None,
) -> int:
    """Write all records of a kind to a file; return how many. The export is an entry of the trail.

    Shape: the count in the trail is that of the rows written; a file that the trail does not tell
    of is not kept. Memory: one piece. Errors: `OSError`.
    """
    language = (get_language() or LANGUAGES[0])[:2]
    heads = [Head(column.title(language), column.width) for column in kind.columns]
    rows = 0
    with transaction.atomic(), table_file(path, heads, sheet=str(kind.title), form=form) as writer:
        for record in kind.records().iterator(PIECE_ROWS):
            seen = kind.as_seen_by(record, actor)
            writer.write(column.shows(seen) for column in kind.columns)
            rows += 1
            on_row(rows)
        # Now, as the trail is locked from here to the end.
        with audit.action("training.records.exported", actor=actor):
            audit.enter("", "", kind=kind.name, rows=rows, format=form)
    return rows
