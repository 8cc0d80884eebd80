"""Recommendations: which courses of the catalogue answer a need, and why.

Engines share one interface: a need in, what the analysis stores out. `RECOMMENDER` names the one to
use; whichever it is, the database's ranking says which courses there are.
"""

from collections.abc import Callable, Mapping

from django.conf import settings

from compliance.recommend import postgresql
from compliance.recommend.need import Engine, EngineFailure, Need, Outcome

__all__ = ["Engine", "EngineFailure", "Need", "Outcome", "by_database", "recommend"]


def by_database(need: Need, failure: EngineFailure | None = None) -> Outcome:
    """Return the database's ranking; `failure` says why another engine's is not there."""
    engine = Engine.POSTGRESQL_FALLBACK if failure else Engine.POSTGRESQL
    return postgresql.outcome(need, postgresql.ranked(need), engine, failure)


ENGINES: Mapping[str, Callable[[Need], Outcome]] = {"postgresql": by_database}


def recommend(need: Need) -> Outcome:
    """Return the courses that answer a need, and what of it none does.

    Cost: two statements; with another engine a call over the network, hence never while the
    tenant's trail is locked.
    """
    return ENGINES[settings.RECOMMENDER](need)
