"""One folder for each indicator: what can be shown for it, and what an audit would find missing.

Gaps are those of the readiness page at the instant of the export. They cannot be told of a past
day, hence stand in bundles of a period that ends on the day of the export only.
"""

from collections.abc import Iterator

from compliance import services
from compliance.bundle.evidence import author_of, evidence_of, path_of
from qualiforma.bundle.contents import Contents, Row
from qualiforma.bundle.sections import Column, Section, add_section, registers_in_order
from qualiforma.readiness import Indicator

EVIDENCE = (
    Column("Date"),
    Column("Document"),
    Column("Auteur"),
    Column("Identifiant"),
    Column("SHA-256"),
    Column("Chemin dans ce dossier"),
)
GAPS = (
    Column("Gravité"),
    Column("Constat"),
    Column("Nombre"),
    Column("Identifiants"),
)
INDICATORS = (
    Column("Indicateur", 12),
    Column("Critère", 10),
    Column("Intitulé", 80),
    Column("Preuves", 10),
    Column("Manques", 10),
    Column("État", 16),
)


def _write(contents: Contents) -> None:
    scope = contents.scope
    found: dict[int, Indicator] = {}
    if scope.is_open:
        rows = services.read_readiness(audit_day=scope.audit_day).rows
        found = {row.indicator.number: row.indicator for row in rows}
    told: list[Row] = []
    for one in scope.grid.indicators:
        folder = f"indicateurs/i{one.number:02d}"
        count = contents.csv(f"{folder}/preuves.csv", EVIDENCE, _evidence(contents, one.number))
        gaps = found.get(one.number)
        if gaps is not None:
            contents.csv(f"{folder}/manques.csv", GAPS, _gaps(gaps))
        state = str(gaps.state.label) if gaps else ""
        missing = len(gaps.gaps) if gaps else None
        told.append((one.number, one.criterion, str(one.label), count, missing, state))
        contents.progress("indicateurs", one.number)
    contents.table("indicateurs/synthese", "Synthèse", INDICATORS, told)


def _evidence(contents: Contents, number: int) -> Iterator[Row]:
    """Yield the evidence of an indicator, then the registers that show something for it."""
    for shown in evidence_of(contents.scope, number):
        one = shown.evidence
        yield (
            one.document_date,
            contents.people.text(one.title),
            author_of(contents, one),
            one.pk,
            shown.sha256,
            path_of(contents, shown),
        )
    for register in registers_in_order():
        if number in register.indicators:
            path = f"{register.path}.csv"
            yield (
                contents.scope.until,
                f"Registre : {register.name.label}",
                contents.scope.tenant_name,
                "",
                contents.sha256_of(path),
                path,
            )


def _gaps(indicator: Indicator) -> Iterator[Row]:
    for gap in indicator.gaps:
        # Their ids alone would tell of whom a disability was noted.
        ids = [] if gap.check.sensitive else gap.found.ids
        yield (
            str(gap.check.severity.label),
            str(gap.check.text),
            gap.found.count,
            ", ".join(ids),
        )


add_section(Section("indicators", "Indicateurs", 40, _write))
