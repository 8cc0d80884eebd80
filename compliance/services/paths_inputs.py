"""What the services of paths are given, once its shape has been checked."""

from dataclasses import dataclass

from compliance.states import UnlockCondition
from qualiforma.training.states import Level


@dataclass(frozen=True)
class ModuleDraft:
    """One module of a path; `course_id` is the course's."""

    course_id: str
    order: int
    mandatory: bool = True
    unlock_condition: UnlockCondition = UnlockCondition.COMPLETION


@dataclass(frozen=True)
class PathDraft:
    """A path to be created."""

    name: str
    target_audience: Level
    modules: list[ModuleDraft]
    description: str = ""
    prerequisite_assessment_id: str | None = None


@dataclass(frozen=True)
class AssignmentDraft:
    """Which learner gets a path, and why."""

    user_id: str
    rationale: str
    needs_analysis_id: str | None = None
