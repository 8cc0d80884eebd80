"""How strictly an organisation holds itself to its improvement plans, and its announced delays.

The settings stand in its profile, which this module does not know: the app that keeps the profile
names itself in `sources`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from qualiforma.qualiopi.states import Policy, VerifierPolicy

# Units: days after a plan was closed.
EFFECTIVENESS_DAYS, RECURRENCE_DAYS = 90, 180
# Announced to those who complain. Units: working days after a complaint was received.
ACKNOWLEDGE_DAYS, ANSWER_DAYS = 2, 10


@dataclass(frozen=True)
class Rules:
    """Settings of one organisation; without any they are these."""

    policy: Policy = Policy.LENIENT
    verifier_policy: VerifierPolicy = VerifierPolicy.RECORD
    effectiveness_days: int = EFFECTIVENESS_DAYS
    recurrence_days: int = RECURRENCE_DAYS
    acknowledge_days: int = ACKNOWLEDGE_DAYS
    answer_days: int = ANSWER_DAYS


sources: list[Callable[[], Rules]] = []


def rules_in_force() -> Rules:
    """Return the settings of the tenant that is open. Cost: one query."""
    return sources[0]() if sources else Rules()
