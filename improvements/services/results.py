"""Services of what a plan is expected to achieve."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models import ExpectedResult, ImprovementPlan
from improvements.services.inputs import ResultDraft
from improvements.states import PlanStatus
from qualiforma.errors import FieldError, InvalidFieldsError

FIELDS = (
    *("name", "unit", "baseline", "target", "direction"),
    *("measured_value", "measured_on", "not_measurable_until", "target_changes", "position"),
)


def write_results(plan: ImprovementPlan, drafts: Sequence[ResultDraft]) -> bool:
    """Make these the results of an open plan, in their order; return whether that changed anything.

    A draft with the id of a result changes it; one without is new; what is not named is removed.
    Errors: `InvalidFieldsError` for an unknown id, and for a target that changes without a reason
    once the plan is under way.
    """
    known = {one.pk: one for one in plan.expected_results.all()}
    check_results(plan, drafts, known)
    now = timezone.now()
    rows = [
        _row(plan, draft, known.get(draft.id or ""), rank, now) for rank, draft in enumerate(drafts)
    ]
    kept = {one.pk for one in rows}
    gone = [key for key in known if key not in kept]
    new = [one for one in rows if one.pk not in known]
    changed = [one for one in rows if one.pk in known and _differs(one, known[one.pk])]
    if gone:
        plan.expected_results.filter(pk__in=gone).delete()
    for one in changed:
        one.save(update_fields=FIELDS)
    ExpectedResult.objects.bulk_create(new)
    return bool(gone or new or changed)


def is_same(plan: ImprovementPlan, drafts: Sequence[ResultDraft]) -> bool:
    """Say whether these are the results that the plan has. Errors: as `write_results`."""
    known = {one.pk: one for one in plan.expected_results.all()}
    if [draft.id for draft in drafts] != list(known):
        return False
    check_results(plan, drafts, known)
    now = timezone.now()
    return not any(
        _differs(_row(plan, draft, known[draft.id or ""], rank, now), known[draft.id or ""])
        for rank, draft in enumerate(drafts)
    )


def check_results(
    plan: ImprovementPlan, drafts: Sequence[ResultDraft], known: dict[str, ExpectedResult]
) -> None:
    """Name every id that is none of the plan's, every day without a value, every target without a reason."""
    errors = []
    for rank, draft in enumerate(drafts):
        path, before = f"expected_results[{rank}]", known.get(draft.id or "")
        if draft.id and before is None:
            detail = _("Aucun résultat attendu de ce plan n’a cet identifiant.")
            errors.append(FieldError(f"{path}.id", "unknown", detail))
        if draft.measured_on and draft.measured_value is None:
            detail = _("Indiquez à la fois la valeur mesurée et la date de la mesure.")
            errors.append(FieldError(f"{path}.measured_on", "without_value", detail))
        moved = before is not None and before.target != draft.target
        if moved and plan.status == PlanStatus.IN_PROGRESS and not draft.target_reason:
            detail = _("Le plan a démarré : indiquez pourquoi la valeur visée change.")
            errors.append(FieldError(f"{path}.target_reason", "required", detail))
    if errors:
        raise InvalidFieldsError(errors)


def _row(
    plan: ImprovementPlan,
    draft: ResultDraft,
    before: ExpectedResult | None,
    rank: int,
    now: datetime,
) -> ExpectedResult:
    measured = draft.measured_value is not None
    row = ExpectedResult(
        plan=plan,
        name=draft.name,
        unit=draft.unit,
        baseline=draft.baseline,
        target=draft.target,
        direction=draft.direction,
        measured_value=draft.measured_value,
        measured_on=(draft.measured_on or timezone.localdate(now)) if measured else None,
        not_measurable_until=draft.not_measurable_until,
        position=rank,
    )
    if before is not None:
        row.pk, row.target_changes = before.pk, before.target_changes
        row._state.adding = False
        if before.target != draft.target and plan.status == PlanStatus.IN_PROGRESS:
            row.target_changes = [*row.target_changes, _change(before.target, draft, now)]
    return row


def _change(before: Decimal, draft: ResultDraft, now: datetime) -> dict[str, str]:
    return {
        "from": f"{before.normalize():f}",
        "to": f"{draft.target.normalize():f}",
        "reason": draft.target_reason,
        "at": now.isoformat(timespec="seconds"),
    }


def _differs(one: ExpectedResult, other: ExpectedResult) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in FIELDS)
