"""Everything that an organisation holds about a person, for that person.

JSON for programs, a PDF document for people, and the files of records about them.
"""

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, Model, Q
from django.utils import timezone
from django.utils.text import capfirst

from qualiforma import audit, pdf
from qualiforma.accounts.actor import Actor
from qualiforma.audit.descriptions import sentence
from qualiforma.audit.models import AuditEvent
from qualiforma.bundle.archive import CHUNK_BYTES, FixedZip, segment
from qualiforma.bundle.documents import shown
from qualiforma.files import without_name
from qualiforma.personal_data.audit import PERSON
from qualiforma.personal_data.exceptions import PersonalDataError
from qualiforma.personal_data.people import Person
from qualiforma.personal_data_registry import PersonalData, chapter_sources, holds_of
from qualiforma.personal_data_registry import registered as held
from qualiforma.stored_files.registry import StoredFile
from qualiforma.stored_files.registry import registered as file_rows
from qualiforma.tenants.context import current_tenant

FORMAT = "qualiforma.person/1"
# Columns that say nothing to a reader.
TECHNICAL = frozenset({"version", "key", "sha256", "position", "token_generation"})


def export_person(*, person: Person, output: Path, reason: str, actor: Actor | None = None) -> int:
    """Write the archive of a person of the open organisation; return how many rows are in it.

    The export is recorded in the trail. Errors: `PersonalDataError`; nothing half-written has the name.
    """
    if output.exists():
        raise PersonalDataError(f"{output} exists already.")
    found = collect(person)
    with audit.action("personal_data.person.exported", actor=actor, reason=reason):
        audit.log_event(PERSON, person.user_id, records=_count(found))
    half = output.with_name(f".{output.name}.partial")
    try:
        half.unlink(missing_ok=True)  # of a run that was killed
        half.touch(mode=0o600, exist_ok=False)
        with FixedZip(half, "w", zipfile.ZIP_DEFLATED) as archive:
            encoded = json.dumps(found, ensure_ascii=False, indent=1, cls=DjangoJSONEncoder)
            archive.writestr("personne.json", encoded)
            archive.writestr("personne.pdf", render(person, found))
            for name, stored in _files(person):
                with archive.member(name) as target, default_storage.open(stored.key) as file:
                    shutil.copyfileobj(file, target, CHUNK_BYTES)
        half.replace(output)
    except OSError as error:
        raise PersonalDataError(f"{output} cannot be written ({error.strerror}).") from error
    finally:
        half.unlink(missing_ok=True)
    return _count(found)


def collect(person: Person) -> dict[str, Any]:
    """Return everything, as a program reads it. Cost: a statement or two for each model."""
    holds = holds_of(person.user_id) if person.user_id else []
    chapters = [one for source in chapter_sources for one in source(person.user_id)]
    return {
        "format": FORMAT,
        "organisation": current_tenant().name,
        "madeAt": timezone.now().replace(microsecond=0),
        "person": {
            "id": person.user_id,
            "names": sorted(person.names),
            "addresses": sorted(person.addresses),
        },
        "kept": [
            {"what": one.what, "until": one.until, "ground": one.retention.ground} for one in holds
        ],
        "records": [_of_model(data, rows) for data, rows in _records(person)],
        "chapters": [{"title": one.title, "head": one.head, "rows": one.rows} for one in chapters],
        "namedIn": list(_named_in(person)),
        "trail": list(_trail(person)),
    }


def render(person: Person, found: dict[str, Any]) -> bytes:
    """Return the document, with what is in the JSON file, as people read it."""
    blocks = [
        pdf.facts(
            [
                ("Noms", ", ".join(found["person"]["names"])),
                ("Adresses", ", ".join(found["person"]["addresses"])),
            ]
        )
    ]
    for one in found["kept"]:
        until = (
            f"jusqu’au {one['until']:%d/%m/%Y}"
            if one["until"]
            else "sans date de fin pour l’instant"
        )
        blocks.append(pdf.note(f"{one['what']} : conservé {until}. {one['ground']}."))
    for data, rows in _records(person):
        blocks += [
            pdf.heading(data.label),
            pdf.paragraph(f"{data.purpose}. {data.retention.ground}."),
        ]
        blocks += [pdf.facts(list(_read(data, row))) for row in rows]
    for chapter in found["chapters"]:
        cells = [[shown(value) for value in row] for row in chapter["rows"]]
        blocks += [
            pdf.heading(chapter["title"]),
            pdf.table(chapter["head"], cells, [20, 80]),
        ]
    trail = [[shown(one["at"]), one["sentence"]] for one in found["trail"]]
    blocks += [pdf.heading("Journal"), pdf.table(("Date", "Fait"), trail, [20, 80])]
    title = "Données personnelles"
    document = pdf.Document(title, found["organisation"], blocks=blocks)
    return pdf.render_pdf(document, made_at=found["madeAt"])


def _records(person: Person) -> Iterator[tuple[PersonalData, list[Model]]]:
    for data in held.values():
        keys = [one.name for one in data.model._meta.concrete_fields if one.remote_field]
        rows = data.rows_about(person.user_id, person.addresses).order_by("pk")
        if found := list(rows.select_related(*(keys or (None,)))):
            yield data, found


def _of_model(data: PersonalData, rows: list[Model]) -> dict[str, Any]:
    return {
        "type": data.model._meta.label_lower,
        "label": data.label,
        "purpose": data.purpose,
        "retention": {
            "days": data.retention.period.days,
            "since": data.retention.since,
            "ground": data.retention.ground,
        },
        "rows": [
            {one.attname: getattr(row, one.attname) for one in _columns(data)} for row in rows
        ],
    }


def _columns(data: PersonalData) -> list["Field[Any, Any]"]:
    """Return what is handed out: no secret, and not who else had a part in it."""
    hidden = {*data.secret, *data.named}
    return [one for one in data.model._meta.concrete_fields if one.name not in hidden]


def _read(data: PersonalData, row: Model) -> Iterator[tuple[str, str]]:
    for one in _columns(data):
        if one.primary_key or one.name in TECHNICAL:
            continue
        display = getattr(row, f"get_{one.name}_display", None)
        value = display() if display else getattr(row, one.name)
        if isinstance(value, dict | list):
            value = json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder) if value else ""
        if isinstance(value, bool):
            value = "oui" if value else "non"
        yield str(capfirst(one.verbose_name)), shown(value)


def _named_in(person: Person) -> Iterator[dict[str, str]]:
    """Yield the records that the person had a part in, by their keys."""
    for data in held.values() if person.user_id else ():
        for name in data.named:
            rows = data.model._meta.base_manager.filter(**{name: person.user_id}).order_by("pk")
            for pk in rows.values_list("pk", flat=True):
                yield {"type": data.model._meta.label_lower, "id": str(pk), "as": name}


def _trail(person: Person) -> Iterator[dict[str, Any]]:
    """Yield the entries about the person and those of what they did."""
    if not person.user_id:
        return
    mine = Q(actor=person.user_id) | Q(object_id=person.user_id)
    for event in AuditEvent.objects.filter(mine).order_by("seq").iterator():
        yield {"seq": event.seq, "at": event.at, "sentence": sentence(event), "by": event.door}


def _files(person: Person) -> Iterator[tuple[str, StoredFile]]:
    """Yield the stored files of rows about the person, by their names in the archive."""
    for rows in file_rows:
        data = held[rows.model]
        own = {
            str(one)
            for one in data.rows_about(person.user_id, person.addresses).values_list(
                "pk", flat=True
            )
        }
        for stored in rows.each() if own else ():
            if stored.row_id in own and default_storage.exists(stored.key):
                ending = stored.key.rpartition("/")[2]
                yield f"fichiers/{segment(without_name(ending))}/{segment(ending)}", stored


def _count(found: dict[str, Any]) -> int:
    return sum(len(one["rows"]) for one in found["records"])
