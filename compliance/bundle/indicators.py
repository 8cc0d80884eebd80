"""One folder for each indicator: what can be shown for it, and what an audit would find missing.

Gaps are those of the readiness page at the instant of the export. They cannot be told of a past
day, hence stand in bundles of a period that ends on the day of the export only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from compliance import services
from compliance.bundle.audits import FINDINGS, finding_line, findings_by_indicator
from compliance.bundle.evidence import author_of, evidence_of, path_of
from compliance.bundle.organisation import profile_of
from qualiforma import pdf
from qualiforma.bundle.contents import Contents, Row
from qualiforma.bundle.sections import Column, Section, add_section, registers_in_order
from qualiforma.qualiopi.applicability import Applicability, applicability
from qualiforma.readiness import Indicator

SHOWN = 60  # rows of evidence on a sheet; what is printed is held whole
EVIDENCE = (
    Column("Date", 14),
    Column("Document", 50),
    Column("Auteur", 24),
    Column("Identifiant", 30),
    Column("SHA-256", 66),
    Column("Chemin dans ce dossier", 50),
)
GAPS = (
    Column("Gravité", 14),
    Column("Constat", 60),
    Column("Nombre", 10),
    Column("Identifiants", 60),
)
INDICATORS = (
    Column("Indicateur", 12),
    Column("Critère", 10),
    Column("Intitulé", 80),
    Column("Applicable", 30),
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
    asked = applicability(profile_of(scope).answers, scope.grid)
    gaps = {number: list(_gaps(one)) for number, one in found.items()}
    findings = findings_by_indicator(contents)
    told = []
    for one in asked:
        number = one.indicator.number
        pages = Pages(gaps.get(number), findings.get(number, []))
        told.append(_write_one(contents, one, found.get(number), pages))
    contents.table("indicateurs/synthese", "Synthèse", INDICATORS, told)
    _write_matrix(contents, asked, told, gaps)


@dataclass(frozen=True)
class Pages:
    """What a folder says besides the evidence: gaps, None where they cannot be told, and findings."""

    gaps: list[Row] | None
    findings: list[Row]


def _write_one(
    contents: Contents, what: Applicability, found: Indicator | None, pages: Pages
) -> Row:
    """Write the folder of an indicator; return its row of the summary."""
    one, mine = what.indicator, pages.gaps
    folder = f"indicateurs/i{one.number:02d}"
    shown: list[Row] = []
    rows = _indexed(contents, one.number, shown)
    count = contents.csv(f"{folder}/preuves.csv", EVIDENCE, rows)
    if mine is not None:
        contents.csv(f"{folder}/manques.csv", GAPS, mine)
    for severity, text, number, _ids in mine or ():
        told = f"{severity}, {number}" if number else severity
        contents.index.add(one.number, f"Manque : {text}", "", told)
    if pages.findings:
        contents.csv(f"{folder}/constats.csv", FINDINGS, pages.findings)
    for row in pages.findings:
        contents.index.add(
            one.number, f"Constat : {row[4]}", f"{folder}/constats.csv", str(row[-1])
        )
    contents.document(f"{folder}/fiche.pdf", _sheet(contents, what, shown, count, pages))
    contents.progress("indicateurs", one.number)
    state = str(found.state.label) if found else ""
    missing = len(mine) if mine is not None else None
    return (one.number, one.criterion, str(one.label), _applies(what), count, missing, state)


def _applies(what: Applicability) -> str:
    return "oui" if what.exclusion is None else f"non : {what.exclusion.label}"


def _indexed(contents: Contents, number: int, shown: list[Row]) -> Iterator[Row]:
    """Yield the evidence of an indicator, put it into the index, keep the first rows for the sheet."""
    for row in _evidence(contents, number):
        day, title, author, record_id, _sum, path = row
        detail = ", ".join(filter(None, (f"{day:%d/%m/%Y}", author, record_id)))
        contents.index.add(number, title, path, detail)
        if len(shown) < SHOWN:
            shown.append(row)
        yield row


def _write_matrix(
    contents: Contents, asked: list[Applicability], told: list[Row], gaps: dict[int, list[Row]]
) -> None:
    """Write the workbook with everything about indicators at once."""
    numbers = [one.indicator.number for one in asked]
    number, label = INDICATORS[0], INDICATORS[2]
    by_register = (Column(str(one.name.label), 16) for one in registers_in_order())
    contents.workbook(
        "00-matrice.xlsx",
        [
            ("Synthese", INDICATORS, told),
            ("Matrice", (number, label, INDICATORS[4], *by_register), _matrix(contents, told)),
            (
                "Preuves",
                (number, *EVIDENCE),
                ((one, *row) for one in numbers for row in _evidence(contents, one)),
            ),
            (
                "Manques",
                (number, *GAPS),
                [(one, *row) for one in numbers for row in gaps.get(one, ())],
            ),
            (
                "Non applicables",
                (number, label, Column("Motif", 60)),
                [
                    (one.indicator.number, str(one.indicator.label), str(one.exclusion.label))
                    for one in asked
                    if one.exclusion
                ],
            ),
        ],
    )


def _matrix(contents: Contents, told: list[Row]) -> Iterator[Row]:
    """Yield how many rows each register shows for each indicator."""
    for row in told:
        counts = [
            contents.counts.get(one.path.rpartition("/")[2]) if row[0] in one.indicators else None
            for one in registers_in_order()
        ]
        yield (row[0], row[2], row[4], *counts)


def _sheet(
    contents: Contents,
    what: Applicability,
    shown: list[Row],
    count: int,
    pages: Pages,
) -> pdf.Document:
    """Return the sheet of an indicator: requirement, evidence, gaps, findings, plans under way."""
    one = what.indicator
    plans = contents.plans.get(one.number, [])
    evidence = [(f"{day:%d/%m/%Y}", title, author) for day, title, author, *_ in shown]
    blocks = [
        pdf.facts(
            [
                ("Critère", one.criterion),
                ("Exigence", one.label),
                ("Gradation", one.grade.label),
                ("Nouveauté", one.change or ""),
                ("Applicable", _applies(what)),
            ]
        ),
        pdf.heading(f"Preuves ({count})"),
        pdf.table(("Date", "Document", "Auteur"), evidence, (2, 7, 4))
        if evidence
        else pdf.paragraph("Aucune preuve dans ce dossier."),
    ]
    if count > len(shown):
        blocks.append(pdf.paragraph("La liste entière est dans preuves.csv."))
    blocks += _faults(pages)
    titles = [f"{title} ({plan_id})" for title, plan_id in plans]
    blocks += [pdf.heading("Plans d’amélioration en cours"), pdf.bullets(titles or ["Aucun."])]
    return pdf.Document(
        title=f"Indicateur {one.number}",
        organisation=contents.scope.tenant_name,
        subtitle=str(one.label),
        header=f"Indicateur {one.number}",
        blocks=blocks,
    )


def _faults(pages: Pages) -> Iterator[pdf.Block]:
    """Yield what is missing, where that can be told, and what auditors have found."""
    if pages.gaps is not None:
        lines = [f"{severity} – {text}" for severity, text, *_ in pages.gaps]
        yield from (pdf.heading("Manques constatés"), pdf.bullets(lines or ["Aucun."]))
    found = [finding_line(row) for row in pages.findings]
    yield from (pdf.heading("Constats d’audit"), pdf.bullets(found or ["Aucun."]))


def _evidence(contents: Contents, number: int) -> Iterator[Row]:
    """Yield the evidence of an indicator, then the registers that show something for it."""
    for shown in evidence_of(contents.scope, number):
        one = shown.evidence
        title, author = contents.people.text(one.title), author_of(contents, one)
        path = path_of(contents, shown)
        yield (one.document_date, title, author, one.pk, shown.sha256, path)
    for register in registers_in_order():
        if number in register.indicators:
            path = f"{register.path}.csv"
            title = f"Registre : {register.name.label}"
            yield (
                contents.scope.until,
                title,
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
