"""How strictly an organisation holds itself to its improvement plans, and its announced delays.

The settings stand in its profile, which this module does not know: the app that keeps the profile
names itself in `sources`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Value
from django.db.models.functions import Coalesce

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
    # Whether anybody may complain by the form at the organisation's own address.
    public_complaints: bool = False


sources: list[Callable[[], Rules]] = []
# The same setting as an expression, for statements of others; by its name among `Rules`.
columns: list[Callable[[str], Any]] = []


def rules_in_force() -> Rules:
    """Return the settings of the tenant that is open. Cost: one query."""
    return sources[0]() if sources else Rules()


def rule_in_sql(name: str) -> Any:
    """Return a setting of the tenant that is open, for use in a statement. Cost: no query of its own."""
    default = Value(getattr(Rules, name))
    return Coalesce(columns[0](name), default) if columns else default
