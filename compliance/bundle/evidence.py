"""The evidence register in an audit bundle, and the files behind it.

Of confidential evidence the title, the dates and the sum of its file stand there, nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from compliance.models import Evidence, EvidenceVersion
from compliance.states import EvidenceKind
from qualiforma.audit.past import not_kept, records_at
from qualiforma.bundle.archive import segment
from qualiforma.bundle.contents import Contents, Row, StoredFile
from qualiforma.bundle.merging import Merged
from qualiforma.bundle.scope import Scope
from qualiforma.bundle.sections import (
    Cited,
    Column,
    Register,
    RegisterName,
    Section,
    add_register,
    add_section,
    citers,
)
from qualiforma.qualiopi.grids import named

NOT_KEPT = "(valeur non conservée par le journal)"
COLUMNS = (
    Column("Date", 14),
    Column("Document", 40),
    Column("Auteur", 24),
    Column("Nature", 14),
    Column("Indicateurs", 14),
    Column("Libellés des indicateurs", 60),
    Column("Valable du", 14),
    Column("Valable jusqu’au", 14),
    Column("Responsable", 24),
    Column("Confidentielle", 14),
    Column("Dernière revue", 18),
    Column("Fiche", 30),
    Column("Adresse", 40),
    Column("Description", 60),
    Column("Identifiant", 30),
    Column("SHA-256", 66),
    Column("Chemin dans ce dossier", 50),
)
ACTIVE = "record.status = 'ACTIVE'"
OF_INDICATOR = "%(number)s = ANY(record.indicators)"
OF_TYPE = "record.record_type = %(record_type)s"


@dataclass(frozen=True)
class Shown:
    """A piece of evidence with its present file, if it has one."""

    evidence: Evidence
    file: EvidenceVersion | None

    @property
    def sha256(self) -> str:
        """The sum of the file, "" without one."""
        return self.file.sha256 if self.file else ""


def evidence_of(scope: Scope, number: int | None = None, record_type: str = "") -> Iterator[Shown]:
    """Yield what could be shown at the end of the period, by id.

    All of it, or what serves one indicator, or what is about records of one type.
    """
    conditions = [ACTIVE]
    conditions += [] if number is None else [OF_INDICATOR]
    conditions += [OF_TYPE] if record_type else []
    seq = scope.head[0]
    order = 'record.evidence_id COLLATE "C", record.number'
    versions = Merged(records_at(EvidenceVersion, seq, order=order), attrgetter("evidence_id"))
    found = records_at(
        Evidence,
        seq,
        order='record.id COLLATE "C"',
        condition=" AND ".join(conditions),
        number=number,
        record_type=record_type,
    )
    for one in found:
        mine = versions.of(one.pk)
        if mine or one.kind != EvidenceKind.FILE:
            yield Shown(one, mine[-1] if mine else None)


def path_of(contents: Contents, shown: Shown) -> str:
    """Return the status of the file in the bundle, "" where it does not."""
    return contents.paths.get(shown.file.pk, "") if shown.file else ""


def author_of(contents: Contents, evidence: Evidence) -> str:
    """Return the author of a document; nobody of a confidential one."""
    return _kept(evidence, "author") or contents.people.label(evidence.author)


def _kept(evidence: Evidence, column: str) -> str:
    """Return what stands instead of a value that may not be shown, or was not kept."""
    if evidence.confidential:
        return "(confidentiel)"
    return NOT_KEPT if column in not_kept(evidence) else ""


def _rows(contents: Contents) -> Iterator[Row]:
    people = contents.people
    for shown in evidence_of(contents.scope):
        one = shown.evidence
        about = f"{one.record_type} {one.record_id}".strip()
        yield (
            one.document_date,
            people.text(one.title),
            author_of(contents, one),
            one.get_kind_display(),
            ", ".join(map(str, one.indicators)),
            "\n".join(named(number, contents.scope.audit_day) for number in one.indicators),
            one.valid_from,
            one.valid_until,
            people.person(one.owner_id),
            "oui" if one.confidential else "non",
            one.get_verdict_display(),
            _kept(one, "record_id") or about,
            _kept(one, "url") or people.label(one.url),
            _kept(one, "description") or people.text(one.description),
            one.pk,
            shown.sha256,
            path_of(contents, shown),
        )


def cite(contents: Contents, record_type: str) -> dict[str, list[Cited]]:
    """Return the evidence of the records of a type, by their ids; nothing of confidential evidence."""
    found: dict[str, list[Cited]] = {}
    for shown in evidence_of(contents.scope, record_type=record_type):
        one = shown.evidence
        if not _kept(one, "record_id"):
            title = contents.people.text(one.title)
            cited = Cited(title, one.pk, path_of(contents, shown))
            found.setdefault(one.record_id, []).append(cited)
    return found


def _write_files(contents: Contents) -> None:
    """Copy the present file of each piece of evidence, and say what the trail did not keep."""
    titles = {field.column: field.verbose_name for field in Evidence._meta.concrete_fields}
    for count, shown in enumerate(evidence_of(contents.scope), 1):
        one, file = shown.evidence, shown.file
        for column in sorted(not_kept(one)):
            contents.lack(
                f"Preuve {one.pk}, {titles[column]}",
                "registres/preuves.csv",
                "la valeur a changé après la période et le journal ne garde pas l’ancienne",
            )
        if file is not None:
            stored = StoredFile(
                file.key,
                file.name,
                file.size,
                file.sha256,
                is_free=file.free_of_personal_data,
                is_secret=one.confidential,
            )
            path = contents.upload(stored, f"preuves/{segment(one.pk)}", file.pk)
            if path:
                contents.paths[file.pk] = path
        contents.progress("preuves", count)


add_section(Section("evidence", "Preuves", 10, _write_files))
add_register(Register(RegisterName.EVIDENCE, "registres/preuves", COLUMNS, _rows))
citers.append(cite)
