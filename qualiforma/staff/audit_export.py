"""The filtered trail as a file; that it was taken is an entry of the trail."""

import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import FileResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.audit import chain
from qualiforma.audit.doors import label_of
from qualiforma.audit.telling import Told, noted, tell
from qualiforma.audit.trail import AUDIT_TRAIL
from qualiforma.errors import ConflictError
from qualiforma.spreadsheets import Row, Sheets, csv_lines
from qualiforma.staff.audit_list import Events
from qualiforma.staff.stories import Line, names_in, part
from qualiforma.tenants.context import tenant_or_none

EXPORT_MAX = 10_000  # entries; about 0.4 ms each, while a web process serves nobody else
BATCH = 1000
FORMATS = ("xlsx", "csv")
WIDTHS = (9, 19, 24, 22, 16, 48, 24, 30, 30, 60, 40, 28, 30, 66)


class TooManyRowsError(ConflictError):
    """More entries than one file takes; nothing is cut in silence."""

    code = "EXPORT_TOO_LARGE"
    title = gettext_lazy("Trop d’entrées pour un seul fichier")
    members = {"most": "how many rows one file takes"}


def export(events: Events, *, kind: str, filters: dict[str, str], actor: Actor) -> HttpResponseBase:
    """Return the file. Errors: `TooManyRowsError`, before anything is written.

    The entries up to the present head, counted under the trail's lock: what the trail says was
    taken is what the file holds. Memory: one batch.
    """
    with audit.action("audit.trail.exported", actor=actor):
        seq, digest = chain.head()
        events = events.filter(seq__lte=seq)
        count = events[: EXPORT_MAX + 1].count()
        if count > EXPORT_MAX:
            text = _("Plus de %s entrées répondent à ces filtres ; resserrez-les, par les dates.")
            raise TooManyRowsError(text % EXPORT_MAX, most=EXPORT_MAX)
        audit.enter(AUDIT_TRAIL, format=kind, rows=count, filters=filters, seq=seq, hash=digest)
    name = f"journal-{timezone.localdate():%Y-%m-%d}.{kind}"
    # Written here and now: once the answer is on its way the schema is no longer open.
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    if kind == "csv":
        file.writelines(line.encode() for line in csv_lines(_head(), _rows(events)))
    else:
        facts = _facts(actor, count, (seq, digest), filters)
        _workbook(events, facts).save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name)


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


def _workbook(events: Events, facts: Iterable[Row]) -> Sheets:
    sheets = Sheets()
    sheets.add(_("Journal"), _head(), _rows(events), WIDTHS)
    sheets.add(_("Export"), (_("Donnée"), _("Valeur")), facts, (34, 70))
    return sheets


def _head() -> list[str]:
    return [
        _("Séquence"),
        _("Instant"),
        _("Auteur"),
        _("Identifiant de l’auteur"),
        _("Porte"),
        _("Phrase"),
        _("Type d’objet"),
        _("Objet"),
        _("Objet racine"),
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
        told = [tell(event) for event in batch]
        names = names_in(told)
        yield from (_row(one, names) for one in told)
        if len(batch) < BATCH:
            return
        before = batch[-1].seq


def _row(told: Told, names: dict[str, str]) -> Row:
    event, here = told.event, part(told, names, whole=True)
    return (
        event.seq,
        event.at or _("illisible"),
        noted(event, "actor"),
        event.actor,
        label_of(event.door),
        told.sentence,
        here.about,
        event.object_id,
        event.root_id,
        "\n".join(map(_said, here.lines)),
        told.reason or "",
        event.request_id,
        event.action,
        event.hash,
    )


def _said(line: Line) -> str:
    if line.hidden:
        return _("%s : valeur non conservée") % line.title
    return f"{line.title} : {line.before} → {line.after}"
