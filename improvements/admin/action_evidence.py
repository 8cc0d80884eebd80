"""What shows that a plan's actions were done: evidence of each, on the plan's page."""

from typing import Any

from django.http import HttpRequest

from improvements import policies
from improvements.models import CorrectiveAction
from improvements.services import indicators_of
from qualiforma.admin import panels
from qualiforma.admin.records import actor_of
from qualiforma.followup.proofs import keeper
from qualiforma.record_types import RecordType

ACTIONS = "CORRECTIVE_ACTION"
# Of all actions together: the page of one that has more is the register's.
SHOWN = 200


@panels.register
def action_evidence_panel(
    request: HttpRequest, known: RecordType, record_id: str
) -> tuple[str, dict[str, Any]] | None:
    """Show the evidence of each action, and where to add some. Cost: two statements."""
    if known.name != "IMPROVEMENT_PLAN":
        return None
    actor, register = actor_of(request), keeper()
    found = CorrectiveAction.objects.visible_to(actor).filter(plan=record_id)
    actions = list(found.select_related("plan"))
    if not actions:
        return None
    by_action: dict[str, list[tuple[Any, str]]] = {}
    for row in register.rows(ACTIONS, [one.pk for one in actions], actor)[:SHOWN]:
        by_action.setdefault(row.record_id, []).append((row, register.page(row)))
    may_add = policies.can_manage_plans(actor) and register.may_keep(actor)
    rows = [
        (
            one,
            by_action.get(one.pk, []),
            register.form(ACTIONS, one.pk, indicators_of(one.plan)) if may_add else "",
            register.link(ACTIONS, one.pk),
        )
        for one in actions
    ]
    return "improvements/action_evidence_panel.html", {"rows": rows}
