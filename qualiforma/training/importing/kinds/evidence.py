"""Signatures, questionnaires, submissions and certificates."""

import json
import re
from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualiforma.accounts.actor import Actor
from qualiforma.training import services
from qualiforma.training.importing.columns import Column
from qualiforma.training.importing.exceptions import CellError
from qualiforma.training.importing.kinds.base import ID, Given, Kind, one_named, only, within_second
from qualiforma.training.importing.kinds.learning import (
    ENROLLMENT,
    LEARNER,
    SESSION,
    SESSION_TITLE,
    put_enrollment,
)
from qualiforma.training.importing.lookups import (
    Lookups,
    read_course,
    read_questionnaire,
    read_signature,
)
from qualiforma.training.importing.readers import course_columns
from qualiforma.training.importing.source import Cell
from qualiforma.training.importing.values import (
    choice_of,
    read_decimal,
    read_instant,
    read_json,
    read_start,
    read_text,
)
from qualiforma.training.models import (
    Certificate,
    CertificateYear,
    Enrollment,
    Questionnaire,
    Signature,
    Submission,
    TrainingSession,
)
from qualiforma.training.states import (
    HalfDay,
    QuestionnaireKind,
    RespondentRole,
    SignatureMethod,
)

_NUMBER = re.compile(r"([0-9]{4})-([0-9]{1,9})")


def read_answers(cell: Cell, _lookups: object) -> dict[str, Any]:
    """Return what was answered, a JSON object."""
    found = read_json(read_text(cell))
    if not isinstance(found, dict):
        raise CellError(_('Un objet JSON est attendu, par exemple {"question": "réponse"}.'))
    return found


def read_score(cell: Cell, _lookups: object) -> Decimal:
    """Return a score; of a percent, the number that people see."""
    if isinstance(cell, str) and cell.strip().endswith("%"):
        return read_decimal(cell.strip().removesuffix("%"))
    return read_decimal(cell)


def read_hash(cell: Cell, _lookups: object) -> str:
    """Return a digest as it is kept, in lower case."""
    return read_text(cell).lower()


def read_number(cell: Cell, _lookups: object) -> tuple[int, int]:
    """Return year and rank of a certificate's number."""
    found = _NUMBER.fullmatch(read_text(cell))
    if not found:
        raise CellError(_("Indiquez un numéro d’attestation, par exemple 2026-0001."))
    return int(found[1]), int(found[2])


class Signatures(Kind):
    """Evidence, identified by session, enrollment and half-day: the one that counts."""

    name = "signatures"
    title = gettext_lazy("Émargements")
    model = Signature
    touched = (TrainingSession,)
    related = ("session", "enrollment__user")
    fixed = None
    example: ClassVar = {
        "session": "Matinée du 9 mars",
        "learner": "camille.roy@exemple.fr",
        "half_day": "Matin",
        "signed_at": "09/03/2026 09:05",
        "method": "Feuille papier",
    }
    columns = (
        ID,
        SESSION,
        SESSION_TITLE,
        ENROLLMENT,
        LEARNER,
        Column("half_day", "Demi-journée", "Half-day", lambda one: one.get_half_day_display(), choice_of(HalfDay), is_required=True),
        Column("signed_at", "Signé le", "Signed at", lambda one: one.signed_at, read_start),
        Column("method", "Moyen", "Method", lambda one: one.get_method_display(), choice_of(SignatureMethod), is_required=True),
        Column("evidence_sha256", "Empreinte de la preuve", "Evidence SHA-256", lambda one: one.evidence_sha256, read_hash, ("sha256",), width=40),
        Column("replaces", "Remplace", "Replaces", lambda one: one.replaces_id, read_signature, width=30),
    )  # fmt: skip

    def complete(self, given: Given, lookups: Lookups) -> None:
        course = (
            lookups.course_of(TrainingSession, given["session"]) if "session" in given else None
        )
        put_enrollment(given, lookups, course, is_needed=True)

    def alike(self, given: Given) -> Any:
        """Return the correction of the same signature; without one, the signature that counts."""
        rows = Signature.objects.all()
        if wanted := given.get("replaces"):
            return rows.filter(replaces=wanted).first()
        names = ("session", "enrollment", "half_day")
        return rows.filter(replaced_by=None, **{one: given.get(one) for one in names}).first()

    def create(self, given: Given, actor: Actor) -> Signature:
        rest = dict(given)
        session = TrainingSession.objects.get(pk=rest.pop("session"))
        draft = services.SignatureDraft(**rest)
        return services.record_signature(session=session, draft=draft, actor=actor)


class Questionnaires(Kind):
    """Questionnaires, identified by title, kind and course."""

    name = "questionnaires"
    title = gettext_lazy("Questionnaires")
    model = Questionnaire
    related = ("course",)
    creates = ("courses",)
    example: ClassVar = {
        "title": "Évaluation à chaud",
        "kind": "Satisfaction",
        "course": "Excel, les bases",
        "max_score": "20",
    }
    columns = (
        ID,
        Column("title", "Intitulé", "Title", lambda one: one.title, read_text, ("questionnaire", "titre"), is_required=True, width=40),
        Column("kind", "Nature", "Kind", lambda one: one.get_kind_display(), choice_of(QuestionnaireKind), ("type",), is_required=True, width=24),
        Column("course", "Formation", "Course", lambda one: one.course_id, read_course, ("course id",), cleared=None, width=30),
        Column("course_title", "Intitulé de la formation", "Course title", lambda one: one.course.title if one.course else None, width=40, stands_for="course", fills=("courses", "title")),
        *course_columns(),
        Column("max_score", "Score maximal", "Maximum score", lambda one: one.max_score, read_decimal, ("max score", "score max", "barème"), is_required=True),
    )  # fmt: skip

    def alike(self, given: Given) -> Any:
        rows = Questionnaire.objects.filter(**{one: given.get(one) for one in ("kind", "course")})
        return one_named(rows, given.get("title"), "title")

    def create(self, given: Given, actor: Actor) -> Questionnaire:
        draft = services.QuestionnaireDraft(**given)
        return services.create_questionnaire(draft=draft, actor=actor)

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        return services.change_questionnaire(questionnaire=record, changes=changes, actor=actor)


class Submissions(Kind):
    """Answers, identified by questionnaire, enrollment, role and instant."""

    name = "submissions"
    title = gettext_lazy("Réponses aux questionnaires")
    model = Submission
    touched = (Questionnaire,)
    related = ("questionnaire", "enrollment__user")
    fixed = None
    example: ClassVar = {
        "questionnaire": "Évaluation à chaud",
        "learner": "camille.roy@exemple.fr",
        "respondent_role": "Apprenant",
        "score": "16",
        "submitted_at": "09/03/2026 12:30",
    }
    columns = (
        ID,
        Column("questionnaire", "Questionnaire", "Questionnaire", lambda one: one.questionnaire_id, read_questionnaire, ("questionnaire id",), is_required=True, width=30),
        Column("questionnaire_title", "Intitulé du questionnaire", "Questionnaire title", lambda one: one.questionnaire.title, width=36),
        ENROLLMENT,
        LEARNER,
        Column("respondent_role", "Répondant", "Respondent", lambda one: one.get_respondent_role_display(), choice_of(RespondentRole), ("respondent role",), is_required=True),
        Column("score", "Score", "Score", lambda one: one.score, read_score, ("note",)),
        Column("submitted_at", "Répondu le", "Submitted at", lambda one: one.submitted_at, read_instant),
        Column("answers", "Réponses", "Answers", lambda one: json.dumps(one.answers, ensure_ascii=False) if one.answers else "", read_answers, width=50),
    )  # fmt: skip

    def complete(self, given: Given, lookups: Lookups) -> None:
        """Whether an answer needs an enrollment is the service's to say."""
        course = None
        if "questionnaire" in given:
            course = lookups.course_of(Questionnaire, given["questionnaire"])
        put_enrollment(given, lookups, course, is_needed=False)

    def alike(self, given: Given) -> Any:
        instant = given.get("submitted_at")
        if instant is None:
            return None
        names = ("questionnaire", "enrollment", "respondent_role")
        rows = Submission.objects.filter(**{one: given.get(one) for one in names})
        return only(rows.filter(submitted_at__range=within_second(instant)), "questionnaire")

    def create(self, given: Given, actor: Actor) -> Submission:
        rest = dict(given)
        questionnaire = Questionnaire.objects.get(pk=rest.pop("questionnaire"))
        draft = services.SubmissionDraft(**rest)
        return services.record_submission(questionnaire=questionnaire, draft=draft, actor=actor)


class Certificates(Kind):
    """Certificates, one for each enrollment."""

    name = "certificates"
    title = gettext_lazy("Attestations")
    model = Certificate
    touched = (CertificateYear, Enrollment)
    related = ("enrollment__user", "enrollment__course")
    order = ("year", "rank")
    note = gettext_lazy(
        "Une attestation importée est délivrée au nom de la personne qui l’importe."
    )
    fixed = None
    example: ClassVar = {
        "learner": "camille.roy@exemple.fr",
        "course": "Excel, les bases",
        "issued_at": "10/03/2026",
    }
    columns = (
        ID,
        Column("number", "Numéro", "Number", lambda one: one.number, read_number, ("n°",)),
        ENROLLMENT,
        LEARNER,
        Column("course", "Formation", "Course", lambda one: one.enrollment.course_id, read_course, ("course id",), width=30),
        Column("course_title", "Intitulé de la formation", "Course title", lambda one: one.enrollment.course.title, width=40, stands_for="course"),
        Column("issued_at", "Délivrée le", "Issued on", lambda one: one.issued_at, read_instant, ("issued at",)),
    )  # fmt: skip

    def complete(self, given: Given, lookups: Lookups) -> None:
        put_enrollment(given, lookups, given.pop("course", None), is_needed=True)

    def present(self, record: Any, name: str) -> Any:
        """Return the number as its year and rank."""
        return (record.year, record.rank) if name == "number" else super().present(record, name)

    def alike(self, given: Given) -> Any:
        return Certificate.objects.filter(enrollment=given.get("enrollment")).first()

    def create(self, given: Given, actor: Actor) -> Certificate:
        rest = dict(given)
        enrollment = Enrollment.objects.get(pk=rest.pop("enrollment"))
        year, rank = rest.pop("number", (None, 0))
        issued_at = rest.get("issued_at") or timezone.now()
        if year is not None and year != timezone.localtime(issued_at).year:
            text = _(
                "Ce numéro ne correspond pas à l’année de délivrance ; indiquez la date de délivrance."
            )
            raise CellError(text, "number")
        draft = services.CertificateDraft(**rest, rank=rank)
        return services.issue_certificate(enrollment=enrollment, draft=draft, actor=actor)
