"""Services of findings and their legal clocks. Source: closed-loop, "Findings, audits"."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Audit, Finding
from compliance.services.audits import is_major_only, major_only
from compliance.services.audits_exceptions import AuditNotStartedError
from compliance.services.findings_exceptions import (
    FindingAuditedError,
    FindingHasPlanError,
    FindingLiftedError,
)
from compliance.states import AuditStatus, FindingStatus, check_finding_move
from qualiforma.accounts.actor import Actor
from qualiforma.audit import audited
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.plan_opening import PlanRequest, open_plan
from qualiforma.qualiopi.cycle import MINORS_COUNTING_AS_MAJOR
from qualiforma.qualiopi.grids import grid_for, named
from qualiforma.qualiopi.states import FindingSeverity
from qualiforma.record_types import record_types
from qualiforma.versions import ExpectedVersions, apply, differing, locked_row, save

# What an audit that is closed has said of a finding.
AUDITED = frozenset({"indicator", "severity", "text"})
TITLE_MAX = 200


@dataclass(frozen=True)
class FindingDraft:
    """A finding to be entered, from an audit or alone, with the plan that answers it already, if any."""

    indicator: int
    severity: FindingSeverity
    text: str
    notified_on: date
    audit_id: str | None = None
    plan_id: str | None = None


@dataclass(frozen=True)
class FindingCounts:
    """How many findings are not lifted, how many of them are late, how many minor ones are pending."""

    open: int
    late: int
    minors_pending: int

    @property
    def minors_count_as_major(self) -> bool:
        """Whether the pending minor ones count as a major one."""
        return self.minors_pending >= MINORS_COUNTING_AS_MAJOR


@audited("compliance.finding.entered")
def enter_finding(*, draft: FindingDraft, actor: Actor) -> Finding:
    """Enter a finding; what is due when follows from its severity and the day of the notification.

    Errors: `InvalidFieldsError` for MINOR where the referential grades major only, a notification
    before the audit, an indicator outside the audit's scope, an unknown audit or plan;
    `AuditNotStartedError`.
    """
    finding = Finding(**dataclasses.asdict(draft), created_by_id=actor.id)
    _check(finding, {"audit_id", "plan_id"}, actor)
    finding.set_clocks()
    finding.save(force_insert=True)
    return finding


@audited("compliance.finding.changed")
def change_finding(
    *,
    finding: Finding,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Finding:
    """Change a finding that is not lifted; its clocks follow. No difference, no new version.

    Errors: as when it is entered; `FindingLiftedError`; `FindingAuditedError` for what a closed audit
    has said.
    """
    row = _pending(finding, expected_versions)
    changed = differing(row, changes)
    if not changed:
        return row
    if row.audit and row.audit.status == AuditStatus.CLOSED and AUDITED & changed.keys():
        raise FindingAuditedError(current=row.audit.status)
    apply(row, changed)
    _check(row, set(changed), actor)
    return _saved(row, *changed)


@audited("compliance.finding.corrected")
def correct_finding(
    *,
    finding: Finding,
    corrected_on: date,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Finding:
    """Say since when a finding is corrected; of a major one the verification is due then.

    Errors: `IllegalTransitionError`; `InvalidFieldsError` for a day to come or before the notification.
    """
    return _move(finding, FindingStatus.CORRECTED, expected_versions, corrected_on=corrected_on)


@audited("compliance.finding.lifted")
def lift_finding(
    *, finding: Finding, lifted_on: date, actor: Actor, expected_versions: ExpectedVersions = None
) -> Finding:
    """Note that the certifier has lifted a finding, for good. Errors: as for a correction."""
    return _move(finding, FindingStatus.LIFTED, expected_versions, lifted_on=lifted_on)


@audited("compliance.finding.reopened")
def reopen_finding(
    *, finding: Finding, actor: Actor, expected_versions: ExpectedVersions = None
) -> Finding:
    """Take back a correction that was none: the correction is due again, as before.

    Errors: `IllegalTransitionError`.
    """
    return _move(finding, FindingStatus.OPEN, expected_versions, corrected_on=None)


@audited("compliance.finding.planned")
def open_finding_plan(
    *,
    finding: Finding,
    actor: Actor,
    owner_id: str | None = None,
    title: str = "",
    expected_versions: ExpectedVersions = None,
) -> Finding:
    """Open a plan that answers a finding, due on the legal day; without owner it is the actor's.

    Errors: `FindingLiftedError`, `FindingHasPlanError`; those of the service that creates plans.
    """
    row = _pending(finding, expected_versions)
    whole: Any = Finding.objects.with_plan().get(pk=row.pk)
    if present := whole.live_plan_id:
        raise FindingHasPlanError(plan_id=present)
    text = _("Constat %(severity)s – indicateur %(indicator)s")
    heading = text % {
        "severity": str(row.get_severity_display()).lower(),
        "indicator": named(row.indicator, day_of(row)),
    }
    request = PlanRequest(
        title=title or heading[:TITLE_MAX],
        description=row.text,
        target_date=row.due_date,
        owner_id=owner_id or actor.id,
        indicators=[row.indicator],
    )
    row.plan_id = open_plan(request, actor).pk
    return _saved(row, "plan_id")


def count_findings() -> FindingCounts:
    """Return how many findings are open and late, and pending minor ones. Cost: one statement."""
    minors = Finding.objects.pending_minors().order_by()
    found = Finding.objects.aggregate(
        open=Count("pk", filter=~Q(status=FindingStatus.LIFTED)),
        late=Count("pk", filter=Q(deadline__lt=timezone.localdate())),
        minors_pending=Count("pk", filter=Q(pk__in=minors.values("pk"))),
    )
    return FindingCounts(**found)


def minors_warning(counts: FindingCounts) -> str:
    """Return what people are told once pending minor findings count as a major one."""
    text = _(
        "%(count)s non-conformités mineures sont en cours : ensemble, elles comptent pour une majeure."
    )
    return str(text % {"count": counts.minors_pending})


def day_of(finding: Finding) -> date:
    """Return the day whose grid words the indicator: the audit's, else the notification's."""
    return finding.audit.audit_date if finding.audit else finding.notified_on


def _move(
    finding: Finding,
    target: FindingStatus,
    expected_versions: ExpectedVersions,
    **days: date | None,
) -> Finding:
    row = _locked(finding, expected_versions)
    check_finding_move(FindingStatus(row.status), target)
    for name, day in days.items():
        if day and (error := _day_error(row, name, day)):
            raise InvalidFieldsError([error])
        setattr(row, name, day)
    row.status = target
    return _saved(row, "status", *days)


def _day_error(row: Finding, name: str, day: date) -> FieldError | None:
    if day > timezone.localdate():
        return FieldError(name, "future", _("Cette date est dans le futur."))
    if day < max(row.notified_on, row.corrected_on or row.notified_on):
        detail = _("Cette date vient avant la notification ou la correction.")
        return FieldError(name, "too_early", detail)
    return None


def _locked(finding: Finding, expected_versions: ExpectedVersions) -> Finding:
    """Return the current row, locked. Errors: `MissingError`, `StaleError`."""
    rows = Finding.objects.select_for_update(of=("self",)).select_related("audit")
    row: Finding = locked_row(rows, finding.pk, expected_versions)
    return row


def _pending(finding: Finding, expected_versions: ExpectedVersions) -> Finding:
    """Return the row, locked. Errors: besides, `FindingLiftedError`."""
    row = _locked(finding, expected_versions)
    if row.status == FindingStatus.LIFTED:
        raise FindingLiftedError(current=row.status)
    return row


def _saved(row: Finding, *fields: str) -> Finding:
    row.set_clocks()
    save(row, *fields, "due_date", "verification_due_date", "deadline")
    return row


def _check(finding: Finding, changed: set[str], actor: Actor) -> None:
    """Refuse what cannot be; references are looked up where they changed."""
    errors = [*_reference_errors(finding, changed, actor)]
    if not errors:
        errors = [*_rule_errors(finding, changed)]
    if errors:
        raise InvalidFieldsError(errors)


def _reference_errors(finding: Finding, changed: set[str], actor: Actor) -> Iterator[FieldError]:
    if "audit_id" in changed and finding.audit_id:
        finding.audit = Audit.objects.visible_to(actor).filter(pk=finding.audit_id).first()
        if finding.audit is None:
            detail = _("Aucun audit n’a cet identifiant.")
            yield FieldError("audit_id", "unknown", detail)
    if "plan_id" in changed and finding.plan_id:
        plans = record_types["IMPROVEMENT_PLAN"].visible_to(actor)
        if not plans.filter(pk=finding.plan_id).exists():
            detail = _("Aucun plan d’amélioration n’a cet identifiant.")
            yield FieldError("plan_id", "unknown", detail)


def _rule_errors(finding: Finding, changed: set[str]) -> Iterator[FieldError]:
    audit, grid = finding.audit, grid_for(day_of(finding))
    if audit and audit.status == AuditStatus.PLANNED:
        raise AuditNotStartedError(current=audit.status)
    if audit and finding.notified_on < audit.audit_date:
        detail = _("La notification ne peut pas venir avant l’audit.")
        yield FieldError("notified_on", "before_audit", detail)
    if finding.corrected_on and finding.notified_on > finding.corrected_on:
        detail = _("La notification ne peut pas venir après la correction.")
        yield FieldError("notified_on", "after_correction", detail)
    if finding.indicator not in grid.by_number:
        detail = _("Le référentiel en vigueur n’a pas cet indicateur.")
        yield FieldError("indicator", "not_in_grid", detail)
    elif audit and not audit.judgements.filter(indicator=finding.indicator).exists():
        detail = _("Cet indicateur n’est pas dans le périmètre de l’audit.")
        yield FieldError("indicator", "outside_scope", detail)
    if finding.severity == FindingSeverity.MINOR and is_major_only(finding.indicator, grid):
        yield major_only("severity")
