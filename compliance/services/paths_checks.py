"""What paths and their assignments are refused for, each value named."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from compliance.models import NeedsAnalysis
from compliance.models.paths import MODULES_MAX
from compliance.policies import LEARNERS
from compliance.services.paths_inputs import AssignmentDraft, ModuleDraft
from compliance.states import AnalysisStatus
from qualiforma.accounts.models import User
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.training.models import Course, Questionnaire
from qualiforma.training.states import QuestionnaireKind

ENTRANCE = frozenset({QuestionnaireKind.PREREQUISITE, QuestionnaireKind.PRE})


def check_modules(modules: Sequence[ModuleDraft]) -> None:
    """Refuse too many, an order that does not run from 1 without a gap, and a course that comes twice.

    Errors: `InvalidFieldsError` naming the later one of two, and what is above the number of modules.
    """
    errors: list[FieldError] = []
    orders: set[int] = set()
    courses: set[str] = set()
    if not modules:
        errors.append(
            FieldError("modules", "min_length", _("Un parcours doit avoir au moins un module."))
        )
    if len(modules) > MODULES_MAX:
        detail = _("Un parcours peut avoir %s modules au maximum.") % MODULES_MAX
        errors.append(FieldError("modules", "max_length", detail))
    for rank, one in enumerate(modules):
        if one.order in orders:
            detail = _("L’ordre %s est donné deux fois.") % one.order
            errors.append(FieldError(f"modules[{rank}].order", "repeated", detail))
        elif not 1 <= one.order <= len(modules):
            detail = _("Les numéros doivent se suivre, de 1 à %s.") % len(modules)
            errors.append(FieldError(f"modules[{rank}].order", "gap", detail))
        if one.course_id in courses:
            detail = _("La formation %s est déjà dans ce parcours.") % one.course_id
            errors.append(FieldError(f"modules[{rank}].course_id", "repeated", detail))
        orders.add(one.order)
        courses.add(one.course_id)
    _refuse(errors)


def check_content(modules: Sequence[ModuleDraft], assessment_id: str | None) -> None:
    """Name every course that does not exist, and an assessment that is none. Cost: two queries."""
    wanted = {one.course_id for one in modules}
    known = set(Course.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    errors = [
        FieldError(
            f"modules[{rank}].course_id",
            "unknown",
            _("Aucune formation n’a l’identifiant %s.") % one.course_id,
        )
        for rank, one in enumerate(modules)
        if one.course_id not in known
    ]
    _refuse(errors + _wrong_assessment(assessment_id))


def check_assignment(draft: AssignmentDraft) -> None:
    """Name a learner who is no active user, and an analysis that may not be the reason."""
    errors = []
    if not User.objects.filter(LEARNERS, pk=draft.user_id).exists():
        detail = _("Aucun utilisateur actif n’a cet identifiant.")
        errors.append(FieldError("user_id", "unknown", detail))
    _refuse(errors + _wrong_analysis(draft))


def _wrong_analysis(draft: AssignmentDraft) -> list[FieldError]:
    """Name an analysis that is not there, may still change, or is another learner's.

    One without enrollment is its company's, hence anybody's.
    """
    wanted = draft.needs_analysis_id
    if wanted is None:
        return []
    rows = NeedsAnalysis.objects.filter(pk=wanted).values_list("status", "enrollment__user_id")
    status, learner = rows.first() or (None, None)
    if status is None:
        code, detail = "unknown", _("Aucune analyse des besoins n’a l’identifiant %s.") % wanted
    elif status != AnalysisStatus.COMPLETED:
        code, detail = "draft", _("Cette analyse des besoins n’est pas encore validée.")
    elif learner not in {None, draft.user_id}:
        code, detail = "elsewhere", _("Cette analyse des besoins concerne un autre apprenant.")
    else:
        return []
    return [FieldError("needs_analysis_id", code, detail)]


def _wrong_assessment(assessment_id: str | None) -> list[FieldError]:
    if assessment_id is None:
        return []
    field = "prerequisite_assessment_id"
    kinds = Questionnaire.objects.filter(pk=assessment_id).values_list("kind", flat=True)
    kind = kinds.first()
    if kind is None:
        detail = _("Aucun questionnaire n’a l’identifiant %s.") % assessment_id
        return [FieldError(field, "unknown", detail)]
    if kind not in ENTRANCE:
        detail = _("Le questionnaire %(id)s est de nature %(kind)s ; admises : PREREQUISITE, PRE.")
        return [FieldError(field, "kind", detail % {"id": assessment_id, "kind": kind})]
    return []


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise InvalidFieldsError(errors)
