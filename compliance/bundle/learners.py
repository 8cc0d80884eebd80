"""The files of the learners of the sample: what happened, and what was expected of it.

Events that were recorded after the period are left out; what was changed since is shown as it is.
"""

from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256
from heapq import nsmallest
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Evidence
from compliance.timeline.files import absences_of, with_facts
from compliance.timeline.gaps import (
    ACHIEVEMENT,
    ENGAGEMENT,
    INFORMATION,
    NEED,
    POSITIONING,
    Gap,
    beginning_of,
    find_gaps,
)
from qualiforma import pdf
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.past import records_at
from qualiforma.bundle.archive import segment
from qualiforma.bundle.contents import Contents, Row
from qualiforma.bundle.documents import shown, table_of
from qualiforma.bundle.index import LEARNERS as INDEX_LEARNERS
from qualiforma.bundle.scope import Scope
from qualiforma.bundle.sections import Column, Section, add_section
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.timeline import Event, EventType, read_events, wire_instant
from qualiforma.training.models import Enrollment
from qualiforma.training.states import EnrollmentStatus

EVENTS = (
    Column("Date", 16),
    Column("Étape", 24),
    Column("Description", 50),
    Column("Auteur", 24),
    Column("Identifiant"),
)
FOUND = (
    Column("Étape", 30),
    Column("Indicateur", 14),
    Column("Trouvé le", 18),
    Column("Nombre", 12),
    Column("Constat", 60),
)
LEARNERS = (
    Column("Inscrit le", 18),
    Column("Inscription", 34),
    Column("Apprenant", 34),
    Column("Statut", 16),
    Column("Terminée le", 18),
    Column("Étapes", 10),
    Column("Manques", 10),
    Column("Chemin dans ce dossier", 50),
)
# What is expected of a file, in its order, and for which indicator.
EXPECTED = (
    (EventType.ENROLLMENT_CREATED, None),
    (EventType.NEEDS_ANALYSIS_COMPLETED, NEED),
    (EventType.PRE_QUESTIONNAIRE_COMPLETED, POSITIONING),
    (EventType.INFORMATION_SENT, INFORMATION),
    (EventType.SESSION_ATTENDED, ENGAGEMENT),
    (EventType.EMARGEMENT_SIGNED, ENGAGEMENT),
    (EventType.POST_QUESTIONNAIRE_COMPLETED, ACHIEVEMENT),
    (EventType.CERTIFICATE_ISSUED, ACHIEVEMENT),
)
OF_PERIOD = """
    record.enrolled_at < %(ends)s AND record.status <> 'REVOKED'
    AND (record.completed_at IS NULL OR record.completed_at >= %(begins)s)
"""


def sampled(scope: Scope) -> list[Enrollment]:
    """Return the enrollments whose files a scope shows, by id: those it names, and its sample.

    The sample is replayed by its seed: the person who comes first by a digest of both.
    Errors: `InvalidFieldsError` for an enrollment that was not there. Memory: the sample.
    """
    seq = scope.head[0]
    named = records_at(
        Enrollment,
        seq,
        order="record.id",
        condition="record.id = ANY(%(ids)s)",
        ids=list(scope.enrollments),
    )
    found = {one.pk: one for one in named} if scope.enrollments else {}
    unknown = sorted(set(scope.enrollments) - set(found))
    if unknown:
        told = _("Inscription inconnue à la fin de la période : %s.") % ", ".join(unknown)
        raise InvalidFieldsError([FieldError("enrollment", "unknown", told)])
    if scope.sample:
        among = records_at(
            Enrollment,
            seq,
            order="record.id",
            condition=OF_PERIOD,
            begins=scope.begins,
            ends=scope.ends,
        )
        drawn = nsmallest(
            scope.sample,
            among,
            key=lambda one: sha256(f"{scope.seed}:{one.pk}".encode()).digest(),
        )
        found |= {one.pk: one for one in drawn}
    return sorted(found.values(), key=lambda one: one.pk)


def _write(contents: Contents) -> None:
    rows = []
    for enrollment in sampled(contents.scope):
        rows.append(write_learner(contents, enrollment))
        contents.progress("apprenants", len(rows))
    contents.notes["sample"] = [row[1] for row in rows]
    if rows:
        contents.table("apprenants/liste", "Apprenants", LEARNERS, rows)


def write_learner(contents: Contents, enrollment: Enrollment) -> Row:
    """Write the file of one enrollment; return its row among `LEARNERS`."""
    folder = f"apprenants/{segment(enrollment.pk)}"
    events = list(_events(contents.scope, enrollment.pk))
    gaps = _gaps(contents.scope, enrollment, events)
    who = contents.people.person(enrollment.user_id)
    contents.index.add(INDEX_LEARNERS, f"{enrollment.pk} – {who}", f"{folder}/chronologie.pdf")
    told, compared = list(_told(contents, events)), list(_compared(contents, events, gaps))
    contents.csv(f"{folder}/chronologie.csv", EVENTS, told)
    contents.csv(f"{folder}/attendu-trouve.csv", FOUND, compared)
    contents.document(
        f"{folder}/chronologie.pdf", _document(contents, enrollment, who, compared, told)
    )
    return (
        enrollment.enrolled_at,
        enrollment.pk,
        who,
        enrollment.get_status_display(),
        enrollment.completed_at,
        len(events),
        len(gaps),
        folder,
    )


def _document(
    contents: Contents, enrollment: Enrollment, who: str, compared: list[Row], told: list[Row]
) -> pdf.Document:
    facts = [
        ("Inscription", enrollment.pk),
        ("Apprenant", who),
        ("Inscrit le", shown(enrollment.enrolled_at)),
        ("Statut", enrollment.get_status_display()),
        ("Terminée le", shown(enrollment.completed_at)),
    ]
    return pdf.Document(
        title="Dossier de formation",
        organisation=contents.scope.tenant_name,
        subtitle=who,
        header="Dossier de formation",
        blocks=[
            pdf.facts(facts),
            pdf.heading("Attendu et trouvé"),
            *table_of(FOUND, compared, first=5, whole="attendu-trouve.csv"),
            pdf.heading("Chronologie"),
            *table_of(EVENTS, told, first=4, whole="chronologie.csv"),
        ],
    )


def _events(scope: Scope, enrollment_id: str) -> Iterator[Event]:
    """Yield the events of the period's end and before, by records that were there then."""
    events = read_events(enrollment_id)
    ids = [_record_id(event) for event in events]
    later = _entered_later(scope, ids)
    ends = wire_instant(scope.ends)
    for event, record_id in zip(events, ids, strict=True):
        if record_id not in later and event["date"] < ends:
            yield event


def _entered_later(scope: Scope, ids: list[str]) -> set[str]:
    """Return which of these records were entered after the period."""
    entered = AuditEvent.objects.filter(
        object_id__in=ids, seq__gt=scope.head[0], operation="INSERT"
    )
    return set(entered.values_list("object_id", flat=True))


def _informed_in_confidence(scope: Scope, enrollment: Enrollment) -> str | None:
    """Return when something was first sent to the learner by what is no event, if it was."""
    sent = Evidence.objects.informing(enrollment.pk).filter(confidential=True)
    days: dict[str, date] = dict(sent.values_list("pk", "document_date"))
    later = _entered_later(scope, list(days))
    in_time = [day for pk, day in days.items() if pk not in later]
    return wire_instant(beginning_of(min(in_time))) if in_time else None


def _record_id(event: Event) -> str:
    return str(next(iter(event["metadata"].values()), ""))


def _gaps(scope: Scope, enrollment: Enrollment, events: list[Event]) -> list[Gap]:
    mine = with_facts(Enrollment.objects.filter(pk=enrollment.pk)).first()
    assessed = getattr(mine, "assessed_at", None)
    missed = [one["attendance"] for one in getattr(mine, "missed", ())]
    return find_gaps(
        events,
        status=EnrollmentStatus(enrollment.status),
        now=wire_instant(min(scope.ends, scope.generated_at)),
        assessed_at=wire_instant(assessed) if assessed and assessed < scope.ends else None,
        informed_at=_informed_in_confidence(scope, enrollment),
        absences=absences_of(mine, _entered_later(scope, missed)) if missed else (),
    )


def _told(contents: Contents, events: list[Event]) -> Iterator[Row]:
    for event in events:
        about: dict[str, Any] = event["metadata"]
        yield (
            _instant(event["date"]),
            str(EventType(event["type"]).label),
            contents.people.text(event["description"]),
            contents.people.by_address(about.get("author") or about.get("owner") or ""),
            _record_id(event),
        )


def _compared(contents: Contents, events: list[Event], gaps: list[Gap]) -> Iterator[Row]:
    for type_, indicator in EXPECTED:
        dates = [event["date"] for event in events if event["type"] == type_]
        told = [contents.people.text(gap.description) for gap in gaps if gap.type == type_]
        first = _instant(dates[0]) if dates else None
        quiet = "Rien à signaler" if dates else "Pas encore attendu"
        yield (str(type_.label), indicator, first, len(dates), "\n".join(told) or quiet)


def _instant(text: str) -> datetime:
    return timezone.localtime(datetime.fromisoformat(text))


add_section(Section("learners", "Apprenants", 50, _write, sampled))
