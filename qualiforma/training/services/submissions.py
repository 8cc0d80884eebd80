"""Services of answered questionnaires."""

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError
from qualiforma.training.answers import FAULTS, fault_in
from qualiforma.training.models import Enrollment, Questionnaire, Submission
from qualiforma.training.services.inputs import SubmissionDraft
from qualiforma.training.services.shared import (
    Errors,
    ExpectedVersions,
    given_id,
    insert,
    locked,
    refuse_any,
    shape_errors,
    to_come,
    unknown,
)
from qualiforma.training.states import QuestionnaireKind
from qualiforma.versions import save


@audit.audited("training.submission.recorded")
def record_submission(
    *,
    questionnaire: Questionnaire,
    draft: SubmissionDraft,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Submission:
    """Keep an answered questionnaire.

    Errors: `InvalidFieldsError`: a score beyond the maximum, an enrollment that is missing (only
    SATISFACTION goes without) or in another course than the questionnaire's.
    """
    questionnaire = locked(questionnaire, expected_versions)
    submission = Submission(
        questionnaire=questionnaire,
        enrollment_id=draft.enrollment,
        respondent_role=draft.respondent_role,
        score=draft.score,
        max_score=questionnaire.max_score,
        submitted_at=draft.submitted_at or timezone.now(),
        answers=draft.answers,
        **given_id(draft.id),
    )
    refuse_any(_errors(submission) + _wrong_enrollment(submission))
    insert(submission)
    save(questionnaire)
    return submission


def _errors(submission: Submission) -> Errors:
    errors = shape_errors(submission) + to_come(submitted_at=submission.submitted_at)
    score = submission.score
    if score is not None and not 0 <= score <= submission.max_score:
        detail = _("Le score va de 0 à %s.") % number_format(submission.max_score.normalize())
        errors.append(FieldError("score", "out_of_range", detail))
    if fault := fault_in(submission.answers):
        errors.append(FieldError("answers", fault, FAULTS[fault]))
    return errors


def _wrong_enrollment(submission: Submission) -> Errors:
    wanted, questionnaire = submission.enrollment_id, submission.questionnaire
    if not wanted:
        if questionnaire.kind == QuestionnaireKind.SATISFACTION:
            return []
        return [FieldError("enrollment", "required", _("Indiquez une inscription."))]
    enrollment = Enrollment.objects.filter(pk=wanted).first()
    if enrollment is None:
        return unknown("enrollment", Enrollment, wanted)
    if questionnaire.course_id not in {None, enrollment.course_id}:
        detail = _("Cette inscription n’est pas à la formation du questionnaire.")
        return [FieldError("enrollment", "another_course", detail)]
    return []
