"""What was done a moment ago is undone, and a deleted draft is restored.

A closed, archived or abandoned plan is evidence: nothing of it is undone, here or in the database.
"""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models import ImprovementPlan
from improvements.services.shared import (
    ExpectedVersions,
    check_expected_versions,
    locked,
    save,
)
from improvements.states import PlanStatus
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import IllegalTransitionError, MissingError

# The pages offer it for ten seconds; slow networks get a minute.
UNDO = timedelta(minutes=1)


@audit.audited("improvements.plan.start_undone")
def undo_start(
    *, plan: ImprovementPlan, actor: Actor, expected_versions: ExpectedVersions = None
) -> ImprovementPlan:
    """Make a plan a draft again that was started a moment ago.

    Errors: `StaleError` when it was changed since; `IllegalTransitionError` when it is too late.
    """
    plan = locked(plan)
    started = plan.started_at
    is_recent = started is not None and timezone.now() - started <= UNDO
    if plan.status != PlanStatus.IN_PROGRESS or not is_recent:
        raise IllegalTransitionError(
            _("Ce démarrage ne peut plus être annulé."), current=plan.status
        )
    check_expected_versions(plan, expected_versions)
    plan.status, plan.started_at = PlanStatus.DRAFT, None
    save(plan, "status", "started_at")
    return plan


@audit.audited("improvements.plan.restored")
def restore_plan(*, plan: ImprovementPlan, actor: Actor) -> ImprovementPlan:
    """Bring a deleted draft back, as it was. Errors: `MissingError` for one that is not deleted."""
    deleted = ImprovementPlan.objects.filter(deleted_at__isnull=False).select_for_update()
    row: ImprovementPlan | None = deleted.filter(pk=plan.pk).first()
    if row is None:
        raise MissingError
    row.deleted_at = row.deleted_by = None
    save(row, "deleted_at", "deleted_by")
    return row
