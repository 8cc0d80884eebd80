"""The demo's evidence register: some of it current, some to be replaced, expired or withdrawn.

No file comes with it: links, records and statements show what the register looks like.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef

from compliance.models import Evidence
from compliance.states import EvidenceKind, EvidenceStatus, ReviewVerdict
from qualiforma import audit
from qualiforma.training.models import Attendance, Enrollment

SAMPLE = "evd_8f3b21"
ADMIN, TRAINER = "usr_admin01", "usr_trainer01"
CREATED = datetime(2026, 9, 14, 8, tzinfo=UTC)
SITE = "https://qualiforma.example"
# Planted: nothing was sent to one learner; to another, after the first day.
UNTOLD, TOLD_LATE = "enr_paie_alone", "enr_angl_two"


class Entry(NamedTuple):
    """One piece of evidence."""

    id: str
    title: str
    kind: str
    indicators: tuple[int, ...]
    day: date
    author: str
    until: date | None = None
    url: str = ""
    description: str = ""
    owner: str = ADMIN
    verdict: str = ""
    confidential: bool = False


ENTRIES = (
    Entry(
        SAMPLE, "Procédure de traitement des réclamations", "STATEMENT", (31,), date(2026, 3, 2),
        "Claire Martin", date(2027, 3, 1), verdict=ReviewVerdict.STILL_VALID,
        description="Accusé de réception sous deux jours ouvrés, réponse sous dix.",
    ),
    Entry(
        "evd_site", "Fiches de formation publiées sur le site", "LINK", (1,), date(2026, 1, 12),
        "Claire Martin", url=f"{SITE}/formations", verdict=ReviewVerdict.STILL_VALID,
    ),
    Entry(
        "evd_results", "Indicateurs de résultats 2025", "LINK", (2,), date(2026, 2, 3),
        "Claire Martin", date(2027, 1, 31), url=f"{SITE}/resultats",
    ),
    Entry(
        "evd_needs", "Trame d’analyse du besoin et de positionnement", "STATEMENT", (4, 8),
        date(2025, 12, 1), "Claire Martin", date(2026, 12, 31),
        description="Entretien avec l’entreprise, puis questionnaire avant l’entrée.",
    ),
    Entry(
        "evd_rooms", "Inventaire des salles et du matériel", "STATEMENT", (17,), date(2025, 9, 1),
        "Karim Benali", verdict=ReviewVerdict.TO_REPLACE, owner=TRAINER,
        description="Deux salles équipées, dix ordinateurs portables, un défibrillateur.",
    ),
    Entry(
        "evd_watch", "Relevé de veille légale, premier semestre", "LINK", (23,), date(2026, 6, 30),
        "Claire Martin", date(2026, 9, 30), url=f"{SITE}/veille",
    ),
    Entry(
        "evd_referent", "Nomination du référent handicap", "STATEMENT", (26,), date(2025, 10, 6),
        "Claire Martin", description="Référent nommé, réseau et coordonnées communiqués.",
    ),
    Entry(
        "evd_incident", "Signalement de juin et suites données", "STATEMENT", (12, 31),
        date(2026, 6, 18), "Claire Martin", confidential=True,
        description="Mesures prises avec l’entreprise d’accueil.",
    ),
)  # fmt: skip


def load(slug: str) -> None:
    """Fill the open tenant. Nothing happens when the sample is there already."""
    if Evidence.objects.filter(pk=SAMPLE).exists():
        return
    with audit.action("compliance.demo.loaded"):
        rows = [Evidence(**_values(one)) for one in ENTRIES]
        attended = Attendance.objects.filter(enrollment=OuterRef("pk"), attended=True)
        begun = Enrollment.objects.filter(Exists(attended)).exclude(pk=UNTOLD)
        rows += [Evidence(**_convocation(one)) for one in begun.order_by("enrolled_at", "pk")]
        rows.append(Evidence(**_withdrawn()))
        Evidence.objects.bulk_create(rows)
        for one in ENTRIES:
            if one.verdict:
                row = next(row for row in rows if row.pk == one.id)
                row.reviews.create(verdict=one.verdict, reviewed_at=CREATED, reviewed_by_id=ADMIN)


def _values(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "kind": EvidenceKind(entry.kind),
        "indicators": list(entry.indicators),
        "document_date": entry.day,
        "valid_from": entry.day,
        "valid_until": entry.until,
        "author": entry.author,
        "url": entry.url,
        "description": entry.description,
        "owner_id": entry.owner,
        "verdict": entry.verdict,
        "confidential": entry.confidential,
        "created_at": CREATED,
        "created_by_id": entry.owner,
    }


def _convocation(enrollment: Any) -> dict[str, Any]:
    """Sent before the first day, nineteen days after the enrollment; to one learner after it."""
    sent = enrollment.enrolled_at + timedelta(days=21 if enrollment.pk == TOLD_LATE else 15)
    key = enrollment.pk.removeprefix("enr_")
    entry = Entry(
        f"evd_told_{key}", "Convocation et livret d’accueil", "RECORD", (9,), sent.date(),
        "Claire Martin", description="Par courriel, avec le règlement intérieur et le plan d’accès.",
    )  # fmt: skip
    about = {"record_type": "ENROLLMENT", "record_id": enrollment.pk, "created_at": sent}
    return _values(entry) | about


def _withdrawn() -> dict[str, Any]:
    entry = Entry(
        "evd_old", "Ancienne procédure de réclamation", "STATEMENT", (31,), date(2024, 5, 6),
        "Claire Martin", description="Réponse sous un mois.",
    )  # fmt: skip
    return _values(entry) | {
        "status": EvidenceStatus.WITHDRAWN,
        "withdrawn_at": CREATED,
        "withdrawn_by_id": ADMIN,
        "withdrawal_reason": "Remplacée par la procédure de mars 2026.",
    }
