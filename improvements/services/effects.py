"""Checks of whether a closed plan has had its effect, and the plans that follow those without.

Source: closed-loop, "Effectiveness, a second axis".
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models import EffectivenessCheck, ExpectedResult, ImprovementPlan, is_met
from improvements.models.plans import TITLE_MAX
from improvements.services.exceptions import NotCheckableError, VerifierIsDoerError
from improvements.services.inputs import CheckDraft, Measure, PlanDraft, ResultDraft
from improvements.services.plans import create_plan
from improvements.services.shared import ExpectedVersions, check_expected_versions, locked
from improvements.states import ActionStatus, ResultDirection, Trigger, Verdict
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.qualiopi.rules import Rules, rules_in_force
from qualiforma.qualiopi.states import VerifierPolicy


@audit.audited("improvements.plan.effect_checked")
def check_effectiveness(
    *,
    plan: ImprovementPlan,
    draft: CheckDraft,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> EffectivenessCheck:
    """Keep what somebody found of a closed plan's effect; the plan itself stays as it was.

    With `successor` a linked draft takes over what is unfinished. Errors: `NotCheckableError` unless
    the plan was closed; `VerifierIsDoerError`; `InvalidFieldsError` for a day out of range, an unknown
    result, and a verdict short of EFFECTIVE with neither a successor nor a reason.
    """
    if errors := _check_sequel(draft):
        raise InvalidFieldsError(errors)
    plan, rules = locked(plan), rules_in_force()
    check_expected_versions(plan, expected_versions)
    if plan.closed_at is None:
        raise NotCheckableError(current=plan.status)
    results = {one.pk: one for one in plan.expected_results.all()}
    _check_draft(plan, draft, results)
    is_doer = _is_doer(plan, actor, rules)
    measures = [_measure(results[one.result_id], one) for one in draft.measures]
    successor = None
    if draft.successor:
        successor = _open_successor(plan, measures, list(results.values()), rules, actor)
    check: EffectivenessCheck = EffectivenessCheck.objects.create(
        plan=plan,
        number=plan.effectiveness_checks.count() + 1,
        verdict=draft.verdict,
        method=draft.method,
        comment=draft.comment,
        measures=measures,
        reason=draft.reason,
        successor=successor,
        verified_on=draft.verified_on or timezone.localdate(),
        verified_by_id=actor.id,
        verifier_is_doer=is_doer,
    )
    return check


def _check_draft(
    plan: ImprovementPlan, draft: CheckDraft, results: dict[str, ExpectedResult]
) -> None:
    errors = [
        FieldError(
            f"measures[{rank}].result_id",
            "unknown",
            _("Aucun résultat attendu de ce plan n’a cet identifiant."),
        )
        for rank, one in enumerate(draft.measures)
        if one.result_id not in results
    ]
    closed_on = timezone.localdate(plan.closed_at)
    if draft.verified_on and not closed_on <= draft.verified_on <= timezone.localdate():
        detail = _("La vérification a lieu entre la clôture et aujourd’hui.")
        errors.append(FieldError("verified_on", "out_of_range", detail))
    if errors:
        raise InvalidFieldsError(errors)


def _check_sequel(draft: CheckDraft) -> list[FieldError]:
    """Return what is wrong: what did not fully work has a successor or a reason, what did has none."""
    if draft.verdict == Verdict.EFFECTIVE:
        detail = _(
            "Le plan est efficace : ne demandez pas de plan suivant et laissez le motif vide."
        )
        names = [name for name in ("successor", "reason") if getattr(draft, name)]
        return [FieldError(name, "unexpected", detail) for name in names]
    if draft.successor and draft.reason:
        return [
            FieldError(
                "reason", "unexpected", _("Un plan suivant est demandé : laissez le motif vide.")
            )
        ]
    if not draft.successor and not draft.reason:
        detail = _("Demandez un plan suivant, ou expliquez pourquoi il n’en faut pas.")
        return [FieldError("reason", "required", detail)]
    return []


def _is_doer(plan: ImprovementPlan, actor: Actor, rules: Rules) -> bool:
    """Say whether who checks has done the work, as far as the organisation asks.

    Errors: `VerifierIsDoerError` where it refuses that; never with one active administrator alone.
    """
    if rules.verifier_policy == VerifierPolicy.OFF:
        return False
    done = plan.actions.filter(owner=actor.id, status=ActionStatus.DONE)
    if plan.owner_id != actor.id and not done.exists():
        return False
    if rules.verifier_policy == VerifierPolicy.ENFORCE:
        admins = User.objects.filter(role=Role.ADMIN, is_active=True)
        if admins.count() > 1:
            raise VerifierIsDoerError
    return True


def _measure(result: ExpectedResult, measure: Measure) -> dict[str, Any]:
    """Return a measure as a check keeps it. Shape: see `EffectivenessCheck.measures`."""
    return {
        "resultId": result.pk,
        "name": result.name,
        "measuredValue": str(measure.measured_value),
        "measuredOn": str(measure.measured_on or timezone.localdate()),
        "met": is_met(result.direction, result.target, measure.measured_value),
    }


def _open_successor(
    plan: ImprovementPlan,
    measures: list[dict[str, Any]],
    results: list[ExpectedResult],
    rules: Rules,
    actor: Actor,
) -> ImprovementPlan:
    """Open the draft that takes over cause, complaints and unfinished results."""
    draft = PlanDraft(
        title=(str(_("Suite de %s – ") % plan.reference) + plan.title)[:TITLE_MAX],
        description=plan.description,
        trigger=Trigger(plan.trigger),
        target_date=timezone.localdate() + timedelta(days=rules.effectiveness_days),
        owner=plan.owner_id if User.objects.active_ids({plan.owner_id}) else actor.id,
        linked_complaint_ids=[
            link.complaint_id for link in plan.complaint_links.order_by("position")
        ],
        indicators=plan.indicators,
        root_cause=plan.root_cause,
        cause_method=plan.cause_method,
        expected_results=_unfinished(results, {one["resultId"]: one for one in measures}),
        follows_plan_id=plan.pk,
    )
    return create_plan(draft=draft, actor=actor)


def _unfinished(
    results: list[ExpectedResult], measures: dict[str, dict[str, Any]]
) -> list[ResultDraft]:
    """Return what is still to be reached, from its current state."""
    drafts = []
    for one in results:
        last = measures.get(one.pk)
        if last["met"] if last else one.met:
            continue
        value = Decimal(last["measuredValue"]) if last else one.measured_value
        drafts.append(
            ResultDraft(
                name=one.name,
                unit=one.unit,
                baseline=one.baseline if value is None else value,
                target=one.target,
                direction=ResultDirection(one.direction),
            )
        )
    return drafts
