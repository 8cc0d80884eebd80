"""How far learners are in the path that they were given; computed from their records, stored nowhere.

Source: api-compliance, "Adaptive paths": a module is completed when the learner's enrollment in its
course is; what opens it is about the last mandatory module before it; an optional one never blocks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from django.db.models import F, Max, Q
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from compliance.models import PathAssignment, PathModule
from compliance.states import LackKind, ModuleState, UnlockCondition
from qualiforma.training.models import Enrollment, Submission
from qualiforma.training.states import EnrollmentStatus, QuestionnaireKind

CENT = Decimal("0.01")
UNDER_WAY = frozenset({EnrollmentStatus.ACTIVE, EnrollmentStatus.SUSPENDED})


@dataclass(frozen=True)
class Record:
    """What a learner has done in one course, over all their enrollments in it.

    Units: `score` is the best POST submission in per cent of its maximum, None without one.
    """

    is_completed: bool = False
    is_under_way: bool = False
    score: Decimal | None = None


@dataclass(frozen=True)
class Lack:
    """One thing that a learner still has to do before a module opens.

    Shape: a questionnaire to be answered, or a course to be completed, or a score to be reached.
    """

    kind: LackKind
    questionnaire_id: str | None = None
    course_id: str | None = None
    course_title: str = ""
    required_score: int | None = None
    reached_score: Decimal | None = None

    @property
    def description(self) -> str:
        """What is missing, in the reader's language."""
        told = {"course": self.course_title, "required": self.required_score}
        if self.kind == LackKind.PREREQUISITE_ASSESSMENT:
            return _("L’évaluation d’entrée n’est pas encore faite.")
        if self.kind == LackKind.COMPLETION:
            return _("« %(course)s » n’est pas encore terminé.") % told
        if self.reached_score is None:
            return _("Score d’au moins %(required)s %% dans « %(course)s » (aucun score).") % told
        said = _("Score d’au moins %(required)s %% dans « %(course)s » (%(reached)s %% atteints).")
        return said % {**told, "reached": plain(self.reached_score)}


@dataclass(frozen=True)
class Progress:
    """One module as it is for one learner.

    `score` is the learner's best in the module's own course, `counted_score` the one that its
    condition looks at. Both in per cent, rounded down so that 69.999 does not read as 70.
    """

    module: PathModule
    state: ModuleState
    score: Decimal | None = None
    asks_score: bool = False
    counted_score: Decimal | None = None
    counted_course_id: str | None = None
    missing: list[Lack] = field(default_factory=list)

    @property
    def counted(self) -> dict[str, object] | None:
        """The score that the module's condition looks at, and whose it is."""
        if not self.asks_score:
            return None
        return {"course_id": self.counted_course_id, "score": self.counted_score}


def plain(score: Decimal) -> str:
    """Return a score as people write it: 62,5 in French, 70 for 70.00."""
    digits = f"{score:f}".rstrip("0").rstrip(".") if "." in f"{score:f}" else f"{score:f}"
    return digits.replace(".", get_format("DECIMAL_SEPARATOR"))


def progress_of(assignments: Sequence[PathAssignment]) -> dict[str, list[Progress]]:
    """Return the modules of each assignment, in order, by the assignment's id.

    Cost: four statements, whatever the number of assignments and modules. The assignments' versions
    are expected to be loaded.
    """
    versions = {one.version_id for one in assignments}
    modules: dict[str, list[PathModule]] = {one: [] for one in versions}
    rows = PathModule.objects.filter(version__in=versions).select_related("course")
    for row in rows.order_by("version", "order"):
        modules[row.version_id].append(row)
    learners = {one.user_id for one in assignments}
    courses = {row.course_id for one in modules.values() for row in one}
    records = _records(learners, courses)
    entered = _entered(assignments)
    return {
        one.pk: module_progress(
            modules[one.version_id],
            records.get(one.user_id, {}),
            assessment_id=one.version.prerequisite_assessment_id,
            is_assessed=(one.user_id, one.version.prerequisite_assessment_id) in entered,
        )
        for one in assignments
    }


def module_progress(
    modules: Iterable[PathModule],
    records: Mapping[str, Record],
    *,
    assessment_id: str | None = None,
    is_assessed: bool = False,
) -> list[Progress]:
    """Return how each module stands, given what the learner has done by course. Pure."""
    found = []
    before: PathModule | None = None  # the last mandatory one
    for module in modules:
        own = records.get(module.course_id, Record())
        counted = records.get(before.course_id, Record()) if before else Record()
        missing = (
            _unmet(module, before, counted)
            if before
            else _unassessed(assessment_id, is_assessed=is_assessed)
        )
        asks_score = before is not None and _required(module) is not None
        found.append(
            Progress(
                module=module,
                state=_state(own, missing),
                score=_shown(own.score),
                asks_score=asks_score,
                counted_score=_shown(counted.score) if asks_score else None,
                counted_course_id=before.course_id if before else None,
                missing=[] if own.is_completed else missing,
            )
        )
        before = module if module.mandatory else before
    return found


def _state(own: Record, missing: list[Lack]) -> ModuleState:
    """Return the state. What was done counts, open or not: an enrollment is a fact."""
    if own.is_completed:
        return ModuleState.COMPLETED
    if own.is_under_way:
        return ModuleState.IN_PROGRESS
    return ModuleState.LOCKED if missing else ModuleState.UNLOCKED


def _required(module: PathModule) -> int | None:
    return UnlockCondition(module.unlock_condition).percentage


def _unmet(module: PathModule, before: PathModule, counted: Record) -> list[Lack]:
    required = _required(module)
    if required is None:
        lack = Lack(
            LackKind.COMPLETION, course_id=before.course_id, course_title=before.course.title
        )
        return [] if counted.is_completed else [lack]
    if counted.score is not None and counted.score >= required:
        return []
    return [
        Lack(
            LackKind.SCORE,
            course_id=before.course_id,
            course_title=before.course.title,
            required_score=required,
            reached_score=_shown(counted.score),
        )
    ]


def _unassessed(assessment_id: str | None, *, is_assessed: bool) -> list[Lack]:
    """Return what the first module lacks, and those that no mandatory one stands before."""
    if assessment_id is None or is_assessed:
        return []
    return [Lack(LackKind.PREREQUISITE_ASSESSMENT, questionnaire_id=assessment_id)]


def _shown(score: Decimal | None) -> Decimal | None:
    return None if score is None else score.quantize(CENT, rounding=ROUND_DOWN)


def _records(learners: set[str], courses: set[str]) -> dict[str, dict[str, Record]]:
    """Return what these learners did, by learner, then by course. Cost: two statements."""
    enrollments = Enrollment.objects.filter(user__in=learners, course__in=courses)
    statuses: dict[tuple[str, str], set[str]] = {}
    for user, course, status in enrollments.values_list("user_id", "course_id", "status"):
        statuses.setdefault((user, course), set()).add(status)
    scored = Submission.objects.filter(
        enrollment__in=enrollments,
        questionnaire__kind=QuestionnaireKind.POST,
        score__isnull=False,
    ).values_list("enrollment__user_id", "enrollment__course_id")
    best = {
        (user, course): score
        for user, course, score in scored.annotate(best=Max(F("score") * 100 / F("max_score")))
    }
    records: dict[str, dict[str, Record]] = {}
    for (user, course), found in statuses.items():
        records.setdefault(user, {})[course] = Record(
            is_completed=EnrollmentStatus.COMPLETED in found,
            is_under_way=bool(found & UNDER_WAY),
            score=best.get((user, course)),
        )
    return records


def _entered(assignments: Sequence[PathAssignment]) -> set[tuple[str, str]]:
    """Return who answered which entrance assessment, by any enrollment. Cost: one statement, or none."""
    wanted = Q()
    for one in assignments:
        if one.version.prerequisite_assessment_id:
            wanted |= Q(
                questionnaire=one.version.prerequisite_assessment_id,
                enrollment__user=one.user_id,
            )
    if not wanted:
        return set()
    found = Submission.objects.filter(wanted)
    return set(found.values_list("enrollment__user_id", "questionnaire_id"))
