"""Demo data: a catalogue, twenty-one learners of five companies, and what proves their training.

The records that the public API's samples name are in both tenants; people and companies are each
tenant's own. Gaps are planted on purpose: see `histories`. Ids, dates and texts are fixed.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from qualiforma import audit
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.training.demo.histories import GROUPS, HISTORIES, History
from qualiforma.training.demo.people import COMPANIES, LEARNERS
from qualiforma.training.demo.questionnaires import QUESTIONNAIRES
from qualiforma.training.demo.steps import enrollment, evidence, in_utc, sessions
from qualiforma.training.models import (
    Company,
    Course,
    Enrollment,
    Questionnaire,
    Signature,
    Submission,
    TrainingSession,
)

CATALOGUE = Path(__file__).parent / "catalogue.json"
OPENED = datetime(2024, 9, 2, 8, tzinfo=UTC)
OWN_LEARNER = "usr_learner01"
SAMPLE_ENROLLMENT = "enr_abc123"


def load(slug: str) -> None:
    """Fill the open tenant. Nothing happens when the sample enrollment is there already."""
    if Enrollment.objects.filter(pk=SAMPLE_ENROLLMENT).exists():
        return
    with audit.action("training.demo.loaded"):
        _load_people(slug)
        Course.objects.bulk_create(_courses())
        Questionnaire.objects.bulk_create(
            Questionnaire(
                id=one.id,
                title=one.title,
                kind=one.kind,
                course_id=one.course,
                max_score=one.max_score,
                created_at=OPENED,
            )
            for one in QUESTIONNAIRES
        )
        for group in GROUPS.values():
            TrainingSession.objects.bulk_create(sessions(group))
        Enrollment.objects.bulk_create(_enrolled(one, slug) for one in HISTORIES)
        _load_evidence()


def _load_people(slug: str) -> None:
    """Add companies, and learners who have not chosen a password yet."""
    Company.objects.bulk_create(
        Company(**one._asdict(), created_at=OPENED + timedelta(hours=rank))
        for rank, one in enumerate(COMPANIES[slug])
    )
    User.objects.bulk_create(
        User(
            id=_learner(rank),
            email=f"{slugify(name).replace('-', '.')}@exemple.fr",
            name=name,
            role=Role.LEARNER,
            password=make_password(None),
            created_at=OPENED + timedelta(days=rank),
        )
        for rank, name in enumerate(LEARNERS[slug])
    )


def _courses() -> list[Course]:
    fields: dict[str, list[dict[str, Any]]] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    rows = [row for rows in fields.values() for row in rows]
    return [
        Course(
            id=row["id"],
            title=row["title"],
            summary=row["summary"],
            objectives=row["objectives"],
            entry_level=row["entryLevel"],
            level=row["level"],
            duration_hours=row["durationHours"],
            skills=row["skills"],
            created_at=OPENED + timedelta(hours=rank),
        )
        for rank, row in enumerate(rows)
    ]


def _learner(rank: int) -> str:
    """Return the id of a learner; the demo's own one can log in."""
    return OWN_LEARNER if rank < 0 else f"usr_learner{rank + 2:02}"


def _enrolled(history: History, slug: str) -> Enrollment:
    sender = COMPANIES[slug][history.company].id if history.company >= 0 else None
    return enrollment(history, _learner(history.learner), sender)


def _load_evidence() -> None:
    """Insert by kind; a correction after what it replaces, certificates in their own order."""
    rows = [row for one in HISTORIES for row in evidence(one)]
    signatures = [row for row in rows if isinstance(row, Signature)]
    corrections = [row for row in signatures if row.replaces_id]
    Signature.objects.bulk_create(row for row in signatures if not row.replaces_id)
    Signature.objects.bulk_create(corrections)
    for model in {type(row): None for row in rows if not isinstance(row, Signature)}:
        model._default_manager.bulk_create(row for row in rows if type(row) is model)
    Submission.objects.bulk_create(_opinions())


def _opinions() -> list[Submission]:
    """Return what a company and a trainer thought; funders keep silent."""
    instant = in_utc(GROUPS["excel"].days[1] + timedelta(days=9), 8)
    return [
        Submission(
            id=f"sub_{role.lower()}_opinion",
            questionnaire_id="qst_satisfaction_cmp",
            respondent_role=role,
            score=score,
            max_score=10,
            submitted_at=instant,
            created_at=instant,
            answers={"commentaire": text},
        )
        for role, score, text in (
            ("COMPANY", 8, "Les salariés appliquent ce qu’ils ont appris."),
            ("TRAINER", 9, "Un groupe motivé ; prévoir des postes plus récents."),
        )
    ]
