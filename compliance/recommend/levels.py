"""How courses bridge the gap between two levels, alone and one after the other."""

from collections.abc import Iterable, Sequence

from compliance.recommend.need import Candidate, Need, Recommendation
from qualiforma.training.states import Level

LEVELS: Sequence[Level] = tuple(Level)
# A course that begins where the learner is; one that comes later; one that teaches nothing of the
# gap, because its level is held already or because it begins where the gap ends.
BRIDGES, LATER, HELD, BEYOND = 1.0, 0.85, 0.6, 0.5


def fit(need: Need, course: Candidate) -> float:
    """Return how well a course's levels serve the need, as a factor of its score."""
    held, wanted = need.current.rank, need.target.rank
    if held == wanted:
        return BRIDGES if course.entry.rank <= held <= course.level.rank else BEYOND
    if course.level.rank <= held:
        return HELD
    if course.entry.rank >= wanted:
        return BEYOND
    return BRIDGES if course.entry.rank <= held else LATER


def chain(need: Need, courses: Iterable[Recommendation]) -> list[Recommendation]:
    """Return the courses that lead from level to level, best first at each step; none if one does.

    Each begins at or below what the one before it leads to, and leads higher.
    """
    reached, steps, left = need.current, [], list(courses)
    while reached.rank < need.target.rank:
        fits = [
            one
            for one in left
            if one.candidate.entry.rank <= reached.rank < one.candidate.level.rank
            and one.candidate.entry.rank < need.target.rank
        ]
        if not fits:
            break
        step = max(fits, key=lambda one: (one.candidate.entry.rank, one.score))
        steps.append(step)
        reached = step.candidate.level
    return steps if len(steps) > 1 else []


def levels_between(need: Need) -> list[str]:
    """Return the levels between the two, both left out."""
    return [one.value for one in LEVELS[need.current.rank + 1 : need.target.rank]]
