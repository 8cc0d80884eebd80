"""What the engines are asked, and what they answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from qualiforma.training.states import Level

RECOMMENDATIONS_MAX = 10


class Engine(TextChoices):
    """Who ranked the courses."""

    POSTGRESQL = "POSTGRESQL", _("Base de données")
    OPENAI = "OPENAI", _("Modèle de langage")
    POSTGRESQL_FALLBACK = "POSTGRESQL_FALLBACK", _("Base de données (modèle indisponible)")


class EngineFailure(TextChoices):
    """Why the engine that was asked for did not answer."""

    UNREACHABLE = "UNREACHABLE", _("injoignable")
    TIMEOUT = "TIMEOUT", _("trop lent")
    REFUSED = "REFUSED", _("a refusé de répondre")
    TOO_LARGE = "TOO_LARGE", _("réponse trop longue")
    UNREADABLE = "UNREADABLE", _("réponse illisible")
    UNKNOWN_COURSE = "UNKNOWN_COURSE", _("a cité une formation inconnue")
    CHANGED_MEANWHILE = "CHANGED_MEANWHILE", _("l’analyse a changé entre-temps")


@dataclass(frozen=True)
class Need:
    """What is asked: no person, no company, no disability."""

    objectives: Sequence[str]
    current: Level
    target: Level


@dataclass(frozen=True)
class Candidate:
    """A course of the catalogue that answers at least one objective."""

    course_id: str
    title: str
    entry: Level
    level: Level
    # By objective, 0 to 1; and by objective the words met, as written and as found.
    relevance: dict[int, float]
    words: dict[int, list[tuple[str, str]]]


@dataclass
class Recommendation:
    """A course with its score; `reasons` are codes with what they speak of, told when read."""

    candidate: Candidate
    score: float
    reasons: list[dict[str, Any]] = field(default_factory=list)
    order: int | None = None

    def as_stored(self) -> dict[str, Any]:
        """Return what the analysis keeps. Shape: plain JSON under the API's names."""
        return {
            "courseId": self.candidate.course_id,
            "title": self.candidate.title,
            "level": self.candidate.level.value,
            "score": self.score,
            "matchedObjectives": sorted(self.candidate.relevance),
            "reasons": self.reasons,
            "order": self.order,
        }


@dataclass(frozen=True)
class Outcome:
    """What an analysis stores."""

    recommendations: list[dict[str, Any]]
    gap_analysis: dict[str, Any]
