"""Audits with their judgements, and findings, in an audit bundle. What is only planned is no evidence."""

from collections.abc import Iterator
from operator import attrgetter

from compliance.models import Audit, AuditJudgement, Finding
from compliance.states import AuditStatus
from qualiforma.audit.past import records_at
from qualiforma.bundle.contents import Contents, Row
from qualiforma.bundle.merging import Merged
from qualiforma.bundle.scope import Scope
from qualiforma.bundle.sections import Column, Register, RegisterName, add_register
from qualiforma.qualiopi.grids import named

AUDITS = (
    Column("Date de l’audit", 14),
    Column("Nature", 24),
    Column("Auditeur", 30),
    Column("Référentiel", 12),
    Column("Statut", 14),
    Column("Indicateur", 12),
    Column("Libellé", 60),
    Column("Appréciation", 26),
    Column("Commentaire", 60),
    Column("Preuves (identifiants)", 30),
    Column("Clôturé le", 18),
    Column("Clôturé par", 24),
    Column("Identifiant", 30),
)
FINDINGS = (
    Column("Notifié le", 14),
    Column("Indicateur", 12),
    Column("Libellé", 60),
    Column("Gravité", 12),
    Column("Constat", 60),
    Column("À corriger avant le", 16),
    Column("À vérifier avant le", 16),
    Column("Statut", 18),
    Column("Corrigé le", 14),
    Column("Levé le", 14),
    Column("Jours de retard", 14),
    Column("Audit (identifiant)", 30),
    Column("Plan (identifiant)", 30),
    Column("Identifiant", 30),
)
BY_AUDIT = 'record.audit_id COLLATE "C"'


def _audits(contents: Contents) -> Iterator[Row]:
    """Yield one row for each indicator of the audits of the period."""
    scope, people = contents.scope, contents.people
    judgements = Merged(
        records_at(AuditJudgement, scope.head[0], order=f"{BY_AUDIT}, record.indicator"),
        attrgetter("audit_id"),
    )
    found = records_at(
        Audit,
        scope.head[0],
        order='record.id COLLATE "C"',
        condition="record.status <> %(planned)s AND record.audit_date BETWEEN %(first)s AND %(last)s",
        planned=AuditStatus.PLANNED.value,
        first=scope.since,
        last=scope.until,
    )
    for one in found:
        for row in judgements.of(one.pk):
            yield (
                one.audit_date,
                one.get_kind_display(),
                people.text(one.auditor),
                one.grid.code.value,
                one.get_status_display(),
                row.indicator,
                named(row.indicator, one.audit_date),
                row.get_judgement_display(),
                people.text(row.comment),
                ", ".join(row.evidence_ids),
                one.closed_at,
                people.person(one.closed_by_id) if one.closed_by_id else "",
                one.pk,
            )


def _findings(contents: Contents) -> Iterator[Row]:
    """Yield the findings that were pending in the period, as they stood at its end."""
    scope, people = contents.scope, contents.people
    days = {one.pk: one.audit_date for one in records_at(Audit, scope.head[0], order="record.id")}
    found = records_at(
        Finding,
        scope.head[0],
        order='record.notified_on, record.id COLLATE "C"',
        condition="record.notified_on <= %(last)s "
        "AND (record.lifted_on IS NULL OR record.lifted_on >= %(first)s)",
        first=scope.since,
        last=scope.until,
    )
    for one in found:
        yield (
            one.notified_on,
            one.indicator,
            named(one.indicator, days.get(one.audit_id, one.notified_on)),
            one.get_severity_display(),
            people.text(one.text),
            one.due_date,
            one.verification_due_date,
            one.get_status_display(),
            one.corrected_on,
            one.lifted_on,
            _days_late(scope, one),
            one.audit_id or "",
            one.plan_id or "",
            one.pk,
        )


def findings_by_indicator(contents: Contents) -> dict[int, list[Row]]:
    """Return the rows of the register of findings, by indicator. Memory: all of them."""
    found: dict[int, list[Row]] = {}
    for row in _findings(contents):
        found.setdefault(row[1], []).append(row)
    return found


def finding_line(row: Row) -> str:
    """Return a finding in one line. Shape: a row of `FINDINGS`."""
    notified, _number, _label, severity, text, due, _check, status, *_more, key = row
    return (
        f"{severity}, notifié le {notified:%d/%m/%Y}, à corriger avant le {due:%d/%m/%Y}, "
        f"{status.lower()} ({key}) : {text}"
    )


def _days_late(scope: Scope, finding: Finding) -> int:
    """Return by how many days the correction was late, or is at the end of the period."""
    settled = finding.corrected_on or finding.lifted_on or scope.until
    return max((settled - finding.due_date).days, 0)


add_register(Register(RegisterName.AUDITS, "registres/audits", AUDITS, _audits))
add_register(Register(RegisterName.FINDINGS, "registres/constats", FINDINGS, _findings))
