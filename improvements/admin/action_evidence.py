"""What shows that a plan's actions were done: evidence of each, on the plan's page."""

from typing import Any

from improvements import policies
from improvements.models import ImprovementPlan
from improvements.services import indicators_of
from qualiforma.accounts.actor import Actor
from qualiforma.followup.proofs import keeper

ACTIONS = "CORRECTIVE_ACTION"
# Of all actions together: the page of one that has more is the register's.
SHOWN = 200


def evidence_of_actions(plan: ImprovementPlan, actor: Actor) -> dict[str, Any]:
    """Return the context that `improvements/action_evidence.html` shows: the evidence of each action.

    Prefetch `actions`. Cost: one query, none for a plan without actions.
    """
    actions, register = list(plan.actions.all()), keeper()
    if not actions:
        return {"action_evidence": []}
    by_action: dict[str, list[tuple[Any, str]]] = {}
    for row in register.rows(ACTIONS, [one.pk for one in actions], actor)[:SHOWN]:
        by_action.setdefault(row.record_id, []).append((row, register.page(row)))
    may_add = policies.can_manage_plans(actor) and register.may_keep(actor)
    indicators = indicators_of(plan)
    rows = [
        (
            one,
            by_action.get(one.pk, []),
            register.form(ACTIONS, one.pk, indicators) if may_add else "",
            register.link(ACTIONS, one.pk),
        )
        for one in actions
    ]
    return {"action_evidence": rows}
