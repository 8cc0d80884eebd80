"""Services of audits. Source: closed-loop, "Findings, audits"; qualiopi, "the cycle"."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Audit, AuditJudgement, Evidence
from compliance.services.audits_exceptions import (
    AuditBegunError,
    AuditClosedError,
    AuditNotStartedError,
    NotJudgedError,
    ScopeJudgedError,
)
from compliance.services.organisation import read_organisation
from compliance.states import (
    CYCLE_OPENING,
    NON_CONFORMITIES,
    AuditKind,
    AuditStatus,
    EvidenceStatus,
    Judgement,
    JudgementChange,
    check_audit_move,
    compare_judgements,
)
from qualiforma.accounts.actor import Actor
from qualiforma.audit import audited
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.qualiopi.applicability import applicability
from qualiforma.qualiopi.grids import Grid, grid_for
from qualiforma.qualiopi.states import Grade
from qualiforma.versions import ExpectedVersions, apply, differing, locked_row, save


@dataclass(frozen=True)
class AuditDraft:
    """An audit to be planned. `scope` None means the default of its kind and day."""

    kind: AuditKind
    audit_date: date
    auditor: str
    scope: list[int] | None = None


@dataclass(frozen=True)
class Compared:
    """What two audits say of an indicator; None where it was outside the scope."""

    indicator: int
    before: AuditJudgement | None
    after: AuditJudgement | None

    @property
    def change(self) -> JudgementChange:
        """How the judgement changed."""
        before, after = (
            Judgement(one.judgement) if one else None for one in (self.before, self.after)
        )
        return compare_judgements(before, after)


@dataclass(frozen=True)
class Comparison:
    """An audit beside a closed one before it; without one, `previous` is None and rows say so."""

    audit: Audit
    previous: Audit | None
    rows: list[Compared]


def default_scope(*, kind: AuditKind, audit_date: date) -> list[int]:
    """Return the indicators that an audit looks at unless something else is agreed.

    A surveillance audit sees the least list: the applicable major-only indicators, 1, 17, 19, 3
    where it applies, those with a non-conformity at the audit that opened the cycle, and those that
    it left out. Any other audit, and one of a new entrant, sees every applicable indicator.
    Cost: one to three statements.
    """
    asked = applicability(read_organisation().answers, grid_for(audit_date))
    applicable = {one.indicator.number for one in asked if one.applicable}
    if kind != AuditKind.SURVEILLANCE:
        return sorted(applicable)
    least = {one.indicator.number for one in asked if one.surveillance}
    opening = (
        Audit.objects.filter(
            kind__in=sorted(CYCLE_OPENING), status=AuditStatus.CLOSED, audit_date__lt=audit_date
        )
        .newest_first()
        .first()
    )
    if opening is not None:
        judged = dict(opening.judgements.values_list("indicator", "judgement"))
        least |= {number for number, one in judged.items() if one in NON_CONFORMITIES}
        least |= applicable - set(judged)
    return sorted(least & applicable)


@audited("compliance.audit.planned")
def plan_audit(*, draft: AuditDraft, actor: Actor) -> Audit:
    """Plan an audit with its scope. Errors: `InvalidFieldsError` for numbers that its grid has not."""
    scope = draft.scope
    if scope is None:
        scope = default_scope(kind=draft.kind, audit_date=draft.audit_date)
    audit = Audit(
        kind=draft.kind,
        audit_date=draft.audit_date,
        auditor=draft.auditor,
        created_by_id=actor.id,
    )
    _check_scope(scope, audit.grid)
    audit.save(force_insert=True)
    _add_to_scope(audit, scope)
    return audit


@audited("compliance.audit.changed")
def change_audit(
    *,
    audit: Audit,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Audit:
    """Change an audit that is not closed. `scope` None takes the default. No difference, no new version.

    Errors: `AuditClosedError`; `InvalidFieldsError` for numbers that the grid of its day has not;
    `ScopeJudgedError` where an indicator to be taken out has a judgement or a comment.
    """
    row = _open(audit, expected_versions)
    fields = differing(row, {name: changes[name] for name in changes if name != "scope"})
    apply(row, fields)
    there = {one.indicator: one for one in row.judgements.all()}
    scope = changes.get("scope", list(there))
    if scope is None:
        scope = default_scope(kind=AuditKind(row.kind), audit_date=row.audit_date)
    _check_scope(scope, row.grid)
    removed = [one for number, one in there.items() if number not in scope]
    said = [
        one.indicator
        for one in removed
        if one.judgement != Judgement.NOT_JUDGED or one.comment or one.evidence_ids
    ]
    if said:
        raise ScopeJudgedError(indicators=said)
    added = [number for number in scope if number not in there]
    if not fields and not removed and not added:
        return row
    row.judgements.filter(pk__in=[one.pk for one in removed]).delete()
    _add_to_scope(row, added)
    return _saved(row, *fields)


@audited("compliance.audit.judged")
def judge_indicators(
    *,
    audit: Audit,
    judgements: Sequence[Mapping[str, Any]],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Audit:
    """Note what the audit says of indicators of its scope, all or nothing.

    Shape: each item names its `indicator` and what changes of `judgement`, `comment`, `evidence_ids`.
    Errors: `AuditClosedError`, `AuditNotStartedError`; `InvalidFieldsError` for an indicator outside
    the scope, for MINOR where the referential grades major only, for unknown evidence.
    """
    row = _open(audit, expected_versions)
    if row.status == AuditStatus.PLANNED:
        raise AuditNotStartedError(current=row.status)
    there = {one.indicator: one for one in row.judgements.all()}
    if errors := [*_judgement_errors(row.grid, judgements, there, actor)]:
        raise InvalidFieldsError(errors)
    changed = []
    for item in judgements:
        one = there[item["indicator"]]
        names = [name for name in item if getattr(one, name) != item[name]]
        for name in names:
            setattr(one, name, item[name])
        if names:
            changed.append(one)
    if not changed:
        return row
    AuditJudgement.objects.bulk_update(changed, ["judgement", "comment", "evidence_ids"])
    return _saved(row)


@audited("compliance.audit.started")
def start_audit(*, audit: Audit, actor: Actor, expected_versions: ExpectedVersions = None) -> Audit:
    """Begin an audit; judgements can be noted from now on. Errors: `IllegalTransitionError`."""
    row = _locked(audit, expected_versions)
    check_audit_move(AuditStatus(row.status), AuditStatus.IN_PROGRESS)
    row.status = AuditStatus.IN_PROGRESS
    row.started_at = timezone.now()
    return _saved(row, "status", "started_at")


@audited("compliance.audit.closed")
def close_audit(*, audit: Audit, actor: Actor, expected_versions: ExpectedVersions = None) -> Audit:
    """Close an audit for good: the database refuses any change from then on.

    Errors: `IllegalTransitionError`; `NotJudgedError` naming the indicators without a judgement.
    """
    row = _locked(audit, expected_versions)
    check_audit_move(AuditStatus(row.status), AuditStatus.CLOSED)
    waiting = row.judgements.filter(judgement=Judgement.NOT_JUDGED)
    if numbers := list(waiting.values_list("indicator", flat=True)):
        shown = ", ".join(map(str, numbers))
        detail = _("Restent à examiner : indicateurs %s.") % shown
        raise NotJudgedError(detail, indicators=numbers)
    row.status = AuditStatus.CLOSED
    row.closed_at = timezone.now()
    row.closed_by_id = actor.id
    return _saved(row, "status", "closed_at", "closed_by")


@audited("compliance.audit.deleted")
def delete_audit(*, audit: Audit, actor: Actor, expected_versions: ExpectedVersions = None) -> None:
    """Delete an audit that has not begun; the trail keeps that it was planned.

    Errors: `AuditBegunError`.
    """
    row = _locked(audit, expected_versions)
    if row.status != AuditStatus.PLANNED:
        raise AuditBegunError(current=row.status)
    row.judgements.all().delete()
    row.delete()


def compare_audit(*, audit: Audit, previous: Audit | None = None) -> Comparison:
    """Return an audit beside another, by default the closed one before it. Cost: three statements."""
    previous = previous or Audit.objects.closed_before(audit).first()
    after = {one.indicator: one for one in audit.judgements.all()}
    before = {one.indicator: one for one in previous.judgements.all()} if previous else {}
    rows = [
        Compared(number, before.get(number), after.get(number))
        for number in sorted(set(before) | set(after))
    ]
    return Comparison(audit, previous, rows)


def _locked(audit: Audit, expected_versions: ExpectedVersions) -> Audit:
    """Return the current row, locked. Errors: `MissingError`, `StaleError`."""
    rows = Audit.objects.select_for_update(of=("self",))
    row: Audit = locked_row(rows, audit.pk, expected_versions)
    return row


def _open(audit: Audit, expected_versions: ExpectedVersions) -> Audit:
    """Return the row, locked. Errors: besides, `AuditClosedError`."""
    row = _locked(audit, expected_versions)
    if row.status == AuditStatus.CLOSED:
        raise AuditClosedError(current=row.status)
    return row


def _saved(row: Audit, *fields: str) -> Audit:
    save(row, *fields)
    return row


def _check_scope(scope: Sequence[int], grid: Grid) -> None:
    if not scope:
        needed = _("Indiquez au moins un indicateur.")
        raise InvalidFieldsError([FieldError("scope", "required", needed)])
    if unknown := sorted(set(scope) - set(grid.by_number)):
        text = _("Le référentiel en vigueur le jour de l’audit n’a pas d’indicateur %s.")
        detail = text % ", ".join(map(str, unknown))
        raise InvalidFieldsError([FieldError("scope", "not_in_grid", detail)])


def _add_to_scope(audit: Audit, numbers: Collection[int]) -> None:
    AuditJudgement.objects.bulk_create(
        AuditJudgement(audit=audit, indicator=number) for number in sorted(numbers)
    )


def _judgement_errors(
    grid: Grid,
    items: Sequence[Mapping[str, Any]],
    there: Mapping[int, AuditJudgement],
    actor: Actor,
) -> Iterator[FieldError]:
    named = {one for item in items for one in item.get("evidence_ids", ())}
    found = Evidence.objects.visible_to(actor).filter(pk__in=named)
    active = set(found.filter(status=EvidenceStatus.ACTIVE).values_list("pk", flat=True))
    done: set[int] = set()
    for rank, item in enumerate(items):
        number = item["indicator"]
        if number not in there or number in done:
            outside = _("Cet indicateur n’est pas dans le périmètre de l’audit.")
            twice = _("Cet indicateur est nommé deux fois.")
            detail = twice if number in done else outside
            yield FieldError(f"judgements[{rank}].indicator", "invalid", detail)
            continue
        done.add(number)
        if item.get("judgement") == Judgement.MINOR and is_major_only(number, grid):
            yield major_only(f"judgements[{rank}].judgement")
        kept = active | set(there[number].evidence_ids)
        for place, one in enumerate(item.get("evidence_ids", ())):
            if one not in kept:
                detail = _("Aucune preuve active n’a cet identifiant.")
                yield FieldError(f"judgements[{rank}].evidence_ids[{place}]", "unknown", detail)


def is_major_only(number: int, grid: Grid) -> bool:
    """Say whether a non-conformity of this indicator can only be a major one."""
    row = grid.by_number.get(number)
    return row is not None and row.grade == Grade.MAJOR


def major_only(field: str) -> FieldError:
    """Return the refusal of a minor non-conformity where there is none."""
    detail = _("Pour cet indicateur, une non-conformité est toujours majeure.")
    return FieldError(field, "major_only", detail)
