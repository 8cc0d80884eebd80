"""Needs analyses in an audit bundle (indicator 4). What they note of a disability never leaves."""

from collections.abc import Iterator

from compliance.models import NeedsAnalysis
from qualiforma.audit.past import records_at
from qualiforma.bundle.contents import Contents, Row
from qualiforma.bundle.sections import Column, Register, RegisterName, add_register
from qualiforma.training.models import Company

COLUMNS = (
    Column("Validée le", 18),
    Column("Objectifs", 60),
    Column("Auteur", 24),
    Column("Entreprise", 30),
    Column("Financement", 20),
    Column("Niveau actuel", 16),
    Column("Niveau cible", 16),
    Column("Contexte", 60),
    Column("Analyse menée par un tiers", 40),
    Column("Inscription", 30),
    Column("Identifiant", 30),
)
COMPLETED = """
    record.status = 'COMPLETED' AND record.completed_at >= %(begins)s
    AND record.completed_at < %(ends)s
"""


def _rows(contents: Contents) -> Iterator[Row]:
    scope, people = contents.scope, contents.people
    seq = scope.head[0]
    companies = {one.pk: one.name for one in records_at(Company, seq, order="record.id")}
    found = records_at(
        NeedsAnalysis,
        seq,
        order='record.completed_at, record.id COLLATE "C"',
        condition=COMPLETED,
        begins=scope.begins,
        ends=scope.ends,
    )
    for one in found:
        yield (
            one.completed_at,
            "\n".join(map(people.text, one.objectives)),
            people.person(one.created_by_id),
            people.label(companies.get(one.company_id, one.company_id)),
            one.get_funding_source_display(),
            one.get_current_level_display(),
            one.get_target_level_display(),
            people.text(one.context),
            people.text(one.third_party_analysis),
            one.enrollment_id or "",
            one.pk,
        )


add_register(Register(RegisterName.NEEDS, "registres/analyses", COLUMNS, _rows, (4,)))
