"""The engine that ships: the database ranks, levels and chains decide; no network, no chance."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from compliance.recommend.levels import BRIDGES, chain, fit, levels_between
from compliance.recommend.need import (
    RECOMMENDATIONS_MAX,
    Candidate,
    Engine,
    EngineFailure,
    Need,
    Outcome,
    Recommendation,
)
from compliance.recommend.ranking import Match, matches
from compliance.recommend.words import terms_of
from qualiforma.training.models import Course
from qualiforma.training.states import Level

# Less of an objective than this is chance; so is a course far behind the objective's best.
LEAST = 0.3
LEAST_OF_BEST = 0.5
# The levels may leave nothing of it either.
LEAST_SCORE = 0.2
# A course that leads to the best one may cover as little as this.
LEAST_OF_STEP = 0.2
# What of the score a course earns by answering all objectives rather than one of them.
BREADTH = 0.2


def ranked(need: Need, *, synonyms: bool = True) -> list[Recommendation]:
    """Return the courses that answer the need, best first, ties by id. Cost: two statements."""
    terms = terms_of(need.objectives, synonyms=synonyms)
    found = [_scored(need, one) for one in _candidates(need, matches(terms))]
    found = [one for one in found if one.score >= LEAST_SCORE]
    found.sort(key=lambda one: (-one.score, one.candidate.course_id))
    best = found[:RECOMMENDATIONS_MAX]
    _chain(need, best)
    for one in best:
        _explain(need, one)
    return best


def outcome(
    need: Need,
    recommendations: Sequence[Recommendation],
    engine: Engine = Engine.POSTGRESQL,
    failure: EngineFailure | None = None,
) -> Outcome:
    """Return what the analysis stores of a ranking."""
    covered = {rank for one in recommendations for rank in one.candidate.relevance}
    total = len(need.objectives)
    gap: dict[str, Any] = {
        "currentLevel": need.current.value,
        "targetLevel": need.target.value,
        "levelsToGain": need.target.rank - need.current.rank,
        "steps": levels_between(need),
        "coveredObjectives": sorted(covered),
        "uncoveredObjectives": [rank for rank in range(total) if rank not in covered],
        "coverage": round(len(covered) / total, 2),
        "engine": engine.value,
        "engineFailure": failure.value if failure else None,
    }
    return Outcome([one.as_stored() for one in recommendations], gap)


def _candidates(need: Need, found: Sequence[Match]) -> list[Candidate]:
    """Return the courses near enough to an objective, and those that lead to such a one."""
    courses = Course.objects.only("title", "entry_level", "level").in_bulk(
        {one.course_id for one in found}
    )
    kept: dict[str, list[Match]] = defaultdict(list)
    for _rank, ranked_ones in groupby(found, key=lambda one: one.objective):
        best, *others = ranked_ones  # best first
        if best.relevance < LEAST:
            continue
        floor = max(LEAST, LEAST_OF_BEST * best.relevance)
        near = [best, *(one for one in others if one.relevance >= floor)]
        step = _first_step(need, best, others, courses)
        for one in near + ([step] if step and step not in near else []):
            kept[one.course_id].append(one)
    return [_candidate(courses[course_id], ones) for course_id, ones in kept.items()]


def _first_step(
    need: Need, best: Match, others: Iterable[Match], courses: Mapping[str, Course]
) -> Match | None:
    """Return the course to take before the best one, where that begins too high for the learner.

    It may cover less of the objective: the beginnings of a subject say less of its uses. It must be
    about the same, hence be met by the same words.
    """
    if Level(courses[best.course_id].entry_level).rank <= need.current.rank:
        return None
    for one in others:
        course = courses[one.course_id]
        begins, leads = Level(course.entry_level).rank, Level(course.level).rank
        same = {said for said, _ in one.words} <= {said for said, _ in best.words}
        if one.relevance >= LEAST_OF_STEP and same and begins <= need.current.rank < leads:
            return one
    return None


def _candidate(course: Course, ones: Iterable[Match]) -> Candidate:
    ones = list(ones)
    return Candidate(
        course_id=course.pk,
        title=course.title,
        entry=Level(course.entry_level),
        level=Level(course.level),
        relevance={one.objective: one.relevance for one in ones},
        words={one.objective: one.words for one in ones},
    )


def _scored(need: Need, course: Candidate) -> Recommendation:
    share = len(course.relevance) / len(need.objectives)
    text = max(course.relevance.values()) * (1 - BREADTH + BREADTH * share)
    return Recommendation(course, round(min(text * fit(need, course), 1.0), 2))


def _chain(need: Need, courses: Sequence[Recommendation]) -> None:
    """Say in which order courses lead from level to level towards the same objective.

    A course stands in one chain only: that of the first objective it serves.
    """
    for rank in range(len(need.objectives)):
        free = [one for one in courses if one.order is None and rank in one.candidate.relevance]
        before: Recommendation | None = None
        for order, one in enumerate(chain(need, free), start=1):
            one.order = order
            if before:
                one.reasons.append({"code": "AFTER", "course": before.candidate.title})
            before = one


def _explain(need: Need, one: Recommendation) -> None:
    """Put the reasons in the order in which people ask: why, which levels, what before."""
    course = one.candidate
    matched = [
        {"code": "MATCHED", "objective": rank, "words": course.words[rank]}
        for rank in sorted(course.relevance)
    ]
    level: dict[str, Any] = {"from": course.entry.value, "to": course.level.value}
    if course.level.rank <= need.current.rank < need.target.rank:
        level["code"] = "HELD"
    elif course.entry.rank >= need.target.rank > need.current.rank:
        level["code"] = "BEYOND"
    else:
        level["code"] = "BRIDGES" if fit(need, course) == BRIDGES or one.order else "LATER"
    lacking = course.entry.rank > need.current.rank and one.order is None
    one.reasons = [
        *matched,
        level,
        *one.reasons,
        *([{"code": "PREREQUISITE", "level": course.entry.value}] if lacking else []),
    ]
