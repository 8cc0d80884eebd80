"""How strictly an organisation holds itself to its improvement plans.

The settings stand in its profile, which this module does not know: the app that keeps the profile
names itself in `sources`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from qualiforma.qualiopi.states import Policy, VerifierPolicy

# Units: days after a plan was closed.
EFFECTIVENESS_DAYS, RECURRENCE_DAYS = 90, 180


@dataclass(frozen=True)
class Rules:
    """Settings of one organisation; without any they are these."""

    policy: Policy = Policy.LENIENT
    verifier_policy: VerifierPolicy = VerifierPolicy.RECORD
    effectiveness_days: int = EFFECTIVENESS_DAYS
    recurrence_days: int = RECURRENCE_DAYS


sources: list[Callable[[], Rules]] = []


def rules_in_force() -> Rules:
    """Return the settings of the tenant that is open. Cost: one query."""
    return sources[0]() if sources else Rules()
