"""What the services of plans and of actions have in common."""

from collections.abc import Collection, Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from improvements.models import Complaint, CorrectiveAction, ImprovementPlan
from improvements.services.exceptions import PlanFrozenError
from improvements.services.inputs import ActionDraft
from improvements.states import FROZEN, PLAN_MOVES, PlanStatus
from qualiforma.accounts.models import User
from qualiforma.errors import FieldError, InvalidFieldsError, MissingError
from qualiforma.lookups import RowLookUp
from qualiforma.training.services.shared import given_id
from qualiforma.versions import check_version

ExpectedVersions = Collection[int] | None
_lock_plan: RowLookUp[ImprovementPlan] = RowLookUp(
    lambda key: ImprovementPlan.objects.alive().select_for_update().filter(pk=key)
)


def locked(plan: ImprovementPlan) -> ImprovementPlan:
    """Return the current plan, its row locked until the transaction ends.

    Errors: `MissingError` when it was deleted since the caller found it.
    """
    row = _lock_plan(plan.pk)
    if row is None:
        raise MissingError
    return row


def check_expected_versions(plan: ImprovementPlan, expected_versions: ExpectedVersions) -> None:
    """Refuse a locked plan that is not as the caller saw it. Errors: `StaleError`."""
    if expected_versions is not None:
        check_version(version_of(plan), expected_versions)


def version_of(plan: ImprovementPlan) -> int:
    """Return the number in a plan's ETag: its version, and its checks, which leave a closed plan alone.

    Cost: a query for closed plans.
    """
    checks = plan.effectiveness_checks.count() if plan.closed_at else 0
    return plan.version + checks


def check_open(plan: ImprovementPlan) -> None:
    """Refuse a plan that is evidence by now. Errors: `PlanFrozenError`."""
    if plan.status in FROZEN:
        allowed = PLAN_MOVES[PlanStatus(plan.status)]
        raise PlanFrozenError(current=plan.status, allowed=sorted(allowed))


def check_references(
    *, owners: Mapping[str, str | None], complaint_ids: Iterable[str] = ()
) -> None:
    """Name every owner that is no active user and every complaint that does not exist."""
    wanted = {path: user_id for path, user_id in owners.items() if user_id is not None}
    active = User.objects.active_ids(set(wanted.values())) if wanted else set()
    complaint_ids = list(complaint_ids)
    known = set(Complaint.objects.filter(pk__in=complaint_ids).values_list("pk", flat=True))
    errors = [
        FieldError(path, "unknown", _("Aucun utilisateur actif n’a cet identifiant."))
        for path, user_id in wanted.items()
        if user_id not in active
    ]
    errors += [
        FieldError(
            f"linked_complaint_ids[{rank}]",
            "unknown",
            _("Aucune réclamation n’a l’identifiant %s.") % complaint_id,
        )
        for rank, complaint_id in enumerate(complaint_ids)
        if complaint_id not in known
    ]
    if errors:
        raise InvalidFieldsError(errors)


def new_action(plan: ImprovementPlan, draft: ActionDraft, *, position: int) -> CorrectiveAction:
    """Return a TODO action, not saved yet; without owner it is the plan's owner's."""
    return CorrectiveAction(
        **given_id(draft.id),
        plan=plan,
        description=draft.description,
        owner_id=draft.owner or plan.owner_id,
        kind=draft.kind,
        due_date=draft.due_date,
        first_due_date=draft.due_date,
        position=position,
    )
