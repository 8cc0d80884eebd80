"""Recommendations: which courses of the catalogue answer a need, and why.

Engines share one interface: a need in, what the analysis stores out. `RECOMMENDER` names the one to
use; whichever it is, the database's ranking says which courses there are.
"""

from collections.abc import Callable, Mapping

from django.conf import settings

from compliance.recommend import postgresql
from compliance.recommend.chat import by_model
from compliance.recommend.need import Engine, EngineFailure, Need, Outcome

__all__ = [
    "Engine",
    "EngineFailure",
    "Need",
    "Outcome",
    "by_database",
    "recommend",
    "recommend_locally",
]

DATABASE = "postgresql"


def by_database(need: Need) -> Outcome:
    """Return the database's ranking."""
    return postgresql.outcome(need, postgresql.ranked(need))


ENGINES: Mapping[str, Callable[[Need], Outcome]] = {DATABASE: by_database, "openai": by_model}


def recommend(need: Need) -> Outcome:
    """Return the courses that answer a need, and what of it none does.

    Cost: two statements; with another engine a call over the network, hence never while the
    tenant's trail is locked.
    """
    return ENGINES[settings.RECOMMENDER](need)


def recommend_locally(need: Need) -> Outcome:
    """Return the database's ranking where nobody can wait for another engine, and say so."""
    if settings.RECOMMENDER == DATABASE:
        return by_database(need)
    failure = EngineFailure.CHANGED_MEANWHILE
    return postgresql.outcome(need, postgresql.ranked(need), Engine.POSTGRESQL_FALLBACK, failure)
