"""Services of risks: entered, changed, reviewed once a year."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models import ImprovementPlan, Risk, RiskReview
from improvements.services.shared import ExpectedVersions
from improvements.states import RiskStatus, RiskTreatment, check_risk_move
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.qualiopi.cycle import months_after
from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import Subject
from qualiforma.versions import apply, differing, locked_row, save

# The longest time between two reviews.
REVIEW_MONTHS = 12
MOVES_TO = {
    RiskStatus.OPEN: "improvements.risk.reopened",
    RiskStatus.CONTROLLED: "improvements.risk.controlled",
    RiskStatus.CLOSED: "improvements.risk.closed",
}
REFERENCES = frozenset({"owner_id", "plan_id"})


@dataclass(frozen=True)
class RiskDraft:
    """A risk to be entered. Without `reviewed_on` it is today's, without `next_review_on` a year later."""

    title: str
    likelihood: int
    severity: int
    treatment: RiskTreatment
    owner_id: str
    description: str = ""
    measures: str = ""
    indicators: list[int] = field(default_factory=lambda: [NUMBERS[Subject.IMPROVEMENT]])
    plan_id: str | None = None
    reviewed_on: date | None = None
    next_review_on: date | None = None


@audit.audited("improvements.risk.added")
def add_risk(*, draft: RiskDraft, actor: Actor) -> Risk:
    """Enter an OPEN risk. Errors: `InvalidFieldsError` naming each field."""
    reviewed_on = draft.reviewed_on or timezone.localdate()
    risk = Risk(
        title=draft.title,
        description=draft.description,
        indicators=sorted(draft.indicators),
        likelihood=draft.likelihood,
        severity=draft.severity,
        treatment=draft.treatment,
        measures=draft.measures,
        owner_id=draft.owner_id,
        plan_id=draft.plan_id,
        reviewed_on=reviewed_on,
        next_review_on=draft.next_review_on or months_after(reviewed_on, REVIEW_MONTHS),
    )
    _check(risk, REFERENCES, actor)
    risk.save(force_insert=True)
    return risk


@audit.audited("improvements.risk.changed")
def change_risk(
    *,
    risk: Risk,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Risk:
    """Change fields and status; values equal to the present are no change.

    Errors: `IllegalTransitionError` naming what is possible, `StaleError`, `InvalidFieldsError`.
    """
    row = _locked(risk, expected_versions)
    changes = differing(row, changes)
    if not changes:
        return row
    if "status" in changes:
        target = RiskStatus(changes["status"])
        check_risk_move(RiskStatus(row.status), target)
        audit.rename(MOVES_TO[target])
    apply(row, changes)
    _check(row, frozenset(changes), actor)
    save(row, *changes)
    return row


@audit.audited("improvements.risk.reviewed")
def review_risks(
    *,
    reviewed_on: date,
    participants: str,
    decisions: str,
    actor: Actor,
    risk_ids: list[str] | None = None,
    next_review_on: date | None = None,
) -> RiskReview:
    """Keep a review and date the risks it looked at; without `risk_ids` all that are not closed.

    Cost: one statement for the risks, one to date them. Errors: `InvalidFieldsError`.
    """
    next_review_on = next_review_on or months_after(reviewed_on, REVIEW_MONTHS)
    if errors := [*_day_errors(reviewed_on, next_review_on)]:
        raise InvalidFieldsError(errors)
    risks = _locked_for_review(risk_ids)
    review: RiskReview = RiskReview.objects.create(
        reviewed_on=reviewed_on,
        participants=participants,
        decisions=decisions,
        assessments=[assessment_of(risk) for risk in risks],
        created_by_id=actor.id,
    )
    for risk in risks:
        # An older review entered late changes no date that a newer one has set.
        if risk.reviewed_on <= reviewed_on:
            risk.reviewed_on, risk.next_review_on = reviewed_on, next_review_on
            risk.version += 1
    Risk.objects.bulk_update(risks, ["reviewed_on", "next_review_on", "version"])
    return review


def _locked_for_review(risk_ids: list[str] | None) -> list[Risk]:
    """Return the watched risks of these ids, all without any; at least one."""
    rows = Risk.objects.watched().select_for_update().order_by("pk")
    if risk_ids is not None:
        rows = rows.filter(pk__in=risk_ids)
    found = {one.pk: one for one in rows}
    wanted = list(found) if risk_ids is None else risk_ids
    errors = [
        FieldError(f"risk_ids[{rank}]", "unknown", _("Aucun risque suivi n’a cet identifiant."))
        for rank, pk in enumerate(wanted)
        if pk not in found
    ]
    if not wanted:
        errors = [FieldError("risk_ids", "empty", _("Aucun risque à revoir."))]
    if errors:
        raise InvalidFieldsError(errors)
    return [found[pk] for pk in wanted]


def assessment_of(risk: Risk) -> dict[str, Any]:
    """Return what a review keeps of a risk. Shape: plain JSON."""
    return {
        "riskId": risk.pk,
        "title": risk.title,
        "likelihood": risk.likelihood,
        "severity": risk.severity,
        "level": risk.level,
        "treatment": risk.treatment,
        "status": risk.status,
    }


def _locked(risk: Risk, expected_versions: ExpectedVersions) -> Risk:
    row: Risk = locked_row(Risk.objects.select_for_update(), risk.pk, expected_versions)
    return row


def _check(risk: Risk, changed: frozenset[str], actor: Actor) -> None:
    errors = [*_day_errors(risk.reviewed_on, risk.next_review_on)]
    if "owner_id" in changed and risk.owner_id not in User.objects.active_ids({risk.owner_id}):
        detail = _("Aucun utilisateur actif n’a cet identifiant.")
        errors.append(FieldError("owner", "unknown", detail))
    plans = ImprovementPlan.objects.visible_to(actor)
    wanted = risk.plan_id if "plan_id" in changed else None
    if wanted and not plans.filter(pk=wanted).exists():
        detail = _("Aucun plan n’a cet identifiant.")
        errors.append(FieldError("plan_id", "unknown", detail))
    if errors:
        raise InvalidFieldsError(errors)


def _day_errors(reviewed_on: date, next_review_on: date) -> list[FieldError]:
    if reviewed_on > timezone.localdate():
        return [FieldError("reviewed_on", "future", _("Cette date est dans le futur."))]
    if next_review_on <= reviewed_on:
        detail = _("La prochaine revue doit être après la dernière.")
        return [FieldError("next_review_on", "too_early", detail)]
    if next_review_on > months_after(reviewed_on, REVIEW_MONTHS):
        detail = _(
            "La prochaine revue doit avoir lieu dans les douze mois qui suivent la dernière."
        )
        return [FieldError("next_review_on", "too_late", detail)]
    return []
