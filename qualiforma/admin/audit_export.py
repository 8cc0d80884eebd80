"""The filtered trail as a file; that it was taken is an entry of the trail."""

from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.http import FileResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.admin.audit_list import AuditFilterForm, Events
from qualiforma.admin.descriptions import Line, names_in, part
from qualiforma.audit import chain
from qualiforma.audit.audit import AUDIT_TRAIL
from qualiforma.audit.descriptions import Description, describe, noted
from qualiforma.audit.sources import label_of
from qualiforma.endpoints.audit.policies import can_read_trail
from qualiforma.errors import ConflictError
from qualiforma.exports.kinds import ExportKind, OnRows, Options, register
from qualiforma.exports.models import FileExport
from qualiforma.exports.services import request_file
from qualiforma.files import temporary_file
from qualiforma.spreadsheets import SHEET_ROWS, Row, csv_lines
from qualiforma.tenants.context import tenant_or_none

BATCH = 1000
FORMATS = ("xlsx", "csv")
WIDTHS = (9, 19, 24, 22, 16, 48, 24, 30, 30, 60, 40, 28, 30, 66)


class TooManyRowsError(ConflictError):
    """More entries than one file takes; nothing is cut in silence."""

    code = "EXPORT_TOO_LARGE"
    title = gettext_lazy("Trop d’entrées pour un seul fichier")
    members = {"most": "how many rows one file takes"}


def export(events: Events, *, kind: str, filters: dict[str, str], actor: Actor) -> HttpResponseBase:
    """Return the file of what a request may write itself. Memory: one batch."""
    # Written here and now: once the answer is on its way the schema is no longer open.
    with temporary_file() as file:
        name = write(events, file, kind=kind, filters=filters, actor=actor)
        file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name)


def ask(events: Events, *, kind: str, filters: dict[str, str], actor: Actor) -> FileExport:
    """Have a worker write the file. Errors: `TooManyRowsError` for more than a sheet holds."""
    count = events[: SHEET_ROWS + 1].count() if kind == "xlsx" else events.count()
    if kind == "xlsx" and count > SHEET_ROWS:
        text = _(
            "Plus de %s entrées correspondent à ces filtres ; choisissez une période plus courte."
        )
        raise TooManyRowsError(text % SHEET_ROWS, most=SHEET_ROWS)
    return request_file(
        kind=TRAIL,
        title=_("Journal d’audit (%s)") % kind.upper(),
        rows=count,
        options={"format": kind, "filters": filters},
        actor=actor,
    )


def write(
    events: Events,
    file: IO[bytes],
    *,
    kind: str,
    filters: dict[str, str],
    actor: Actor,
    on_rows: OnRows = lambda _rows: None,
) -> str:
    """Write the entries up to the present head; return the file's name.

    What the trail says was taken is what the file holds. The trail is locked for that entry only:
    those up to a head do not change any more. Memory: one batch.
    """
    seq, digest = chain.head()
    rows = Counted(_rows(events.filter(seq__lte=seq)), on_rows)
    if kind == "csv":
        file.writelines(line.encode() for line in csv_lines(_head(), rows))
    else:
        from qualiforma.workbooks import Sheets

        sheets = Sheets()
        sheets.add(_("Journal"), _head(), rows, WIDTHS)
        facts = _facts(actor, rows.count, (seq, digest), filters)  # once all rows are counted
        sheets.add(_("Export"), (_("Donnée"), _("Valeur")), facts, (34, 70))
        sheets.save(file)
    with audit.action("audit.trail.exported", actor=actor):
        taken: dict[str, Any] = {"format": kind, "rows": rows.count, "filters": filters}
        audit.log_event(AUDIT_TRAIL, **taken, seq=seq, hash=digest)
    return f"journal-{timezone.localdate():%Y-%m-%d}.{kind}"


def _write(asked: FileExport, file: IO[bytes], on_rows: OnRows) -> str:
    options = asked.options
    form = AuditFilterForm(options["filters"])
    events = form.events()  # none for a filter that means nothing any more
    return write(
        events,
        file,
        kind=options["format"],
        filters=form.description(),
        actor=asked.reader,
        on_rows=on_rows,
    )


def _may_ask(actor: Actor, options: Options) -> bool:
    return can_read_trail(actor)


TRAIL = register(ExportKind("audit.trail", _may_ask, _write))


class Counted:
    """Rows on their way, counted."""

    def __init__(self, rows: Iterable[Row], on_rows: OnRows) -> None:
        self._rows, self._on_rows = rows, on_rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            yield row
            self.count += 1
            self._on_rows(self.count)


def _facts(
    actor: Actor, count: int, head: tuple[int, str], filters: dict[str, str]
) -> list[tuple[str, Any]]:
    tenant = tenant_or_none()
    return [
        (_("Organisme"), tenant.name if tenant else _("Plateforme")),
        (_("Exporté le"), timezone.now()),
        (_("Exporté par"), actor.name),
        (_("Entrées"), count),
        (_("Dernière entrée du journal"), head[0]),
        (_("Empreinte de cette entrée"), head[1]),
        *((_("Filtre : %s") % field, value) for field, value in filters.items()),
    ]


def _head() -> list[str]:
    return [
        _("Séquence"),
        _("Date et heure"),
        _("Auteur"),
        _("Identifiant de l’auteur"),
        _("Origine"),
        _("Phrase"),
        _("Type de fiche"),
        _("Fiche"),
        _("Fiche principale"),
        _("Changements"),
        _("Motif"),
        _("Requête"),
        _("Action"),
        _("Empreinte"),
    ]


def _rows(events: Events) -> Iterator[Row]:
    """Yield a row per entry, newest first. Cost: two statements per batch, found by key."""
    before = None
    while True:
        batch = list((events.filter(seq__lt=before) if before else events)[:BATCH])
        description = [describe(event) for event in batch]
        names = names_in(description)
        yield from (_row(one, names) for one in description)
        if len(batch) < BATCH:
            return
        before = batch[-1].seq


def _row(description: Description, names: dict[str, str]) -> Row:
    event, here = description.event, part(description, names, whole=True)
    return (
        event.seq,
        event.at or _("illisible"),
        noted(event, "actor"),
        event.actor,
        label_of(event.door),
        description.sentence,
        here.about,
        event.object_id,
        event.root_id,
        "\n".join(map(_said, here.lines)),
        description.reason or "",
        event.request_id,
        event.action,
        event.hash,
    )


def _said(line: Line) -> str:
    if line.hidden:
        return _("%s : valeur non conservée") % line.title
    return f"{line.title}{_(' :')} {line.before} → {line.after}"
