"""Services of questionnaires."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError
from qualiforma.training.models import SCORE_MAX, Course, Questionnaire
from qualiforma.training.services.exceptions import AnsweredError
from qualiforma.training.services.inputs import QuestionnaireDraft
from qualiforma.training.services.shared import (
    Errors,
    ExpectedVersions,
    given_id,
    insert,
    locked,
    refuse_any,
    refusing,
    shape_errors,
    unknown,
)
from qualiforma.versions import apply, differing, save

# What an answer was given to, and is worth.
FIXED = ("kind", "course", "max_score")


@audit.audited("training.questionnaire.created")
def create_questionnaire(*, draft: QuestionnaireDraft, actor: Actor) -> Questionnaire:
    """Enter a questionnaire. Errors: `InvalidFieldsError`."""
    questionnaire = Questionnaire(
        title=draft.title.strip(),
        kind=draft.kind,
        course_id=draft.course,
        max_score=draft.max_score,
        **given_id(draft.id),
    )
    refuse_any(_errors(questionnaire) + unknown("course", Course, draft.course))
    insert(questionnaire)
    return questionnaire


@audit.audited("training.questionnaire.changed")
def change_questionnaire(
    *,
    questionnaire: Questionnaire,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Questionnaire:
    """Change fields; values equal to the present are no change.

    Errors: `InvalidFieldsError`; `AnsweredError` for what existing answers stand on.
    """
    questionnaire = locked(questionnaire, expected_versions)
    changes = differing(questionnaire, changes)
    if not changes:
        return questionnaire
    apply(questionnaire, changes)
    refuse_any(_errors(questionnaire) + unknown("course", Course, changes.get("course")))
    _check_unanswered(questionnaire, changes)

    with refusing(lambda: _check_unanswered(questionnaire, changes)):
        save(questionnaire, *changes)
    return questionnaire


def _check_unanswered(questionnaire: Questionnaire, changes: Mapping[str, Any]) -> None:
    fixed = [name for name in FIXED if name in changes]
    if fixed and questionnaire.submissions.exists():
        raise AnsweredError(fields=fixed)


def _errors(questionnaire: Questionnaire) -> Errors:
    errors = shape_errors(questionnaire)
    if not 0 < questionnaire.max_score <= SCORE_MAX:
        detail = _("Indiquez une valeur positive, %s au maximum.") % SCORE_MAX
        errors.append(FieldError("max_score", "invalid", detail))
    return errors
