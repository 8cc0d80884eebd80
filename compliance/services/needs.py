"""Services of needs analyses.

The courses are ranked before the trail is locked: an engine may take seconds over the network, and
everybody who writes waits for that lock. What changed in the meantime is ranked again under it, by
the database alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import NeedsAnalysis
from compliance.policies import can_see_accessibility
from compliance.recommend import Need, Outcome, recommend, recommend_locally
from compliance.services.needs_exceptions import AnalysisCompletedError
from compliance.states import AnalysisStatus, FundingSource
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import (
    FieldError,
    InvalidFieldsError,
    NotAllowedError,
)
from qualiforma.training.models import Company, Enrollment
from qualiforma.training.states import Level
from qualiforma.versions import ExpectedVersions, apply, differing, locked_row

SENSITIVE = "accessibility_needs"


@dataclass(frozen=True)
class NeedsDraft:
    """An analysis to be entered; completed at once unless it is to be a DRAFT."""

    company_id: str
    objectives: list[str]
    current_level: Level
    target_level: Level
    context: str
    enrollment_id: str | None = None
    funding_source: FundingSource | str = ""
    accessibility_needs: str = ""
    third_party_analysis: str = ""
    status: AnalysisStatus = AnalysisStatus.COMPLETED


def create_analysis(*, draft: NeedsDraft, actor: Actor) -> NeedsAnalysis:
    """Enter an analysis with its recommendations.

    Errors: `InvalidFieldsError` for levels that go down, an unknown company or enrollment.
    """
    analysis = NeedsAnalysis(
        **{one.name: getattr(draft, one.name) for one in fields(draft)}, created_by_id=actor.id
    )
    _check(analysis, {"company_id", "enrollment_id"})
    _store(analysis, recommend(_need(analysis)))
    completed = draft.status == AnalysisStatus.COMPLETED
    code = "compliance.needs.completed" if completed else "compliance.needs.created"
    with audit.action(code, actor=actor):
        analysis.completed_at = analysis.created_at if completed else None
        analysis.save(force_insert=True)
    return analysis


def change_analysis(
    *,
    analysis: NeedsAnalysis,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> NeedsAnalysis:
    """Change a draft; what is recommended follows.

    Errors: `NotAllowedError` for the disability note, unless ADMIN or author;
    `AnalysisCompletedError`; `InvalidFieldsError` as when it is entered.
    """
    if SENSITIVE in changes and not can_see_accessibility(actor, analysis):
        detail = _(
            "Seuls un responsable qualité et l’auteur de l’analyse peuvent saisir les "
            "adaptations liées à un handicap."
        )
        raise NotAllowedError(detail)
    values = {one.attname: getattr(analysis, one.attname) for one in analysis._meta.concrete_fields}
    wanted = NeedsAnalysis(**{**values, **changes})  # never saved
    _check(wanted, set(changes))
    is_new_need = analysis.status == AnalysisStatus.DRAFT and _need(analysis) != _need(wanted)
    outcome = recommend(_need(wanted)) if is_new_need else None
    with audit.action("compliance.needs.changed", actor=actor):
        row = _locked(analysis, expected_versions)
        changed = differing(row, changes)
        if not changed:
            return row
        stored_for = _need(row)
        apply(row, changed)
        _check(row, set())
        _settle(row, stored_for=stored_for, ranked_for=_need(wanted), outcome=outcome)
        row.version += 1
        row.save()
    return row


def complete_analysis(
    *, analysis: NeedsAnalysis, actor: Actor, expected_versions: ExpectedVersions = None
) -> NeedsAnalysis:
    """Complete a draft for good, with what the catalogue of this moment answers.

    Errors: `AnalysisCompletedError`.
    """
    need = _need(analysis)
    outcome = recommend(need) if analysis.status == AnalysisStatus.DRAFT else None
    with audit.action("compliance.needs.completed", actor=actor):
        row = _locked(analysis, expected_versions)
        _settle(row, stored_for=None, ranked_for=need, outcome=outcome)
        row.status = AnalysisStatus.COMPLETED
        row.completed_at = timezone.now()
        row.version += 1
        row.save()
    return row


def _locked(analysis: NeedsAnalysis, expected_versions: ExpectedVersions) -> NeedsAnalysis:
    """Return the current draft, locked. Errors: `StaleError`, `AnalysisCompletedError`."""
    rows = NeedsAnalysis.objects.select_for_update()
    row: NeedsAnalysis = locked_row(rows, analysis.pk, expected_versions)
    if row.status == AnalysisStatus.COMPLETED:
        raise AnalysisCompletedError(current=row.status)
    return row


def _need(analysis: NeedsAnalysis) -> Need:
    return Need(
        tuple(analysis.objectives), Level(analysis.current_level), Level(analysis.target_level)
    )


def _settle(
    row: NeedsAnalysis, *, stored_for: Need | None, ranked_for: Need, outcome: Outcome | None
) -> None:
    """Store what was ranked, if for this need; rank again if a rival has changed it since."""
    need = _need(row)
    if outcome and need == ranked_for:
        _store(row, outcome)
    elif need != stored_for:
        _store(row, recommend_locally(need))


def _store(analysis: NeedsAnalysis, outcome: Outcome) -> None:
    analysis.recommendations = outcome.recommendations
    analysis.gap_analysis = outcome.gap_analysis


def _check(analysis: NeedsAnalysis, references: set[str]) -> None:
    """Refuse levels that go down, and those of these references that nothing has."""
    errors = []
    if Level(analysis.target_level).rank < Level(analysis.current_level).rank:
        detail = _("Le niveau cible est inférieur au niveau actuel.")
        errors.append(FieldError("target_level", "below_current", detail))
    for name, model, detail in (
        ("company_id", Company, _("Aucune entreprise n’a l’identifiant %s.")),
        ("enrollment_id", Enrollment, _("Aucune inscription n’a l’identifiant %s.")),
    ):
        pk = getattr(analysis, name)
        if name in references and pk and not model.objects.filter(pk=pk).exists():
            errors.append(FieldError(name, "unknown", detail % pk))
    if errors:
        raise InvalidFieldsError(errors)
