"""One folder for each indicator: what can be shown for it, and what an audit would find missing.

Gaps are those of the readiness page at the instant of the export. They cannot be told of a past
day, hence stand in bundles of a period that ends on the day of the export only.
"""

from collections.abc import Iterable, Iterator

from compliance import services
from compliance.bundle.evidence import author_of, evidence_of, path_of
from compliance.bundle.organisation import profile_of
from qualiforma import pdf
from qualiforma.bundle.contents import Contents, Row
from qualiforma.bundle.sections import Column, Section, add_section, registers_in_order
from qualiforma.qualiopi.applicability import Applicability, applicability
from qualiforma.readiness import Indicator

SHOWN = 200  # rows of evidence on a sheet
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
    told = [_write_one(contents, one, found.get(one.indicator.number)) for one in asked]
    contents.table("indicateurs/synthese", "Synthèse", INDICATORS, told)


def _write_one(contents: Contents, what: Applicability, found: Indicator | None) -> Row:
    """Write the folder of an indicator; return its row of the summary."""
    one = what.indicator
    folder = f"indicateurs/i{one.number:02d}"
    shown: list[Row] = []
    rows = _evidence(contents, one.number)
    count = contents.csv(f"{folder}/preuves.csv", EVIDENCE, _kept(rows, shown))
    gaps = list(_gaps(contents, found)) if found else None
    if gaps is not None:
        contents.csv(f"{folder}/manques.csv", GAPS, gaps)
    contents.document(f"{folder}/fiche.pdf", _sheet(contents, what, shown, count, gaps))
    contents.progress("indicateurs", one.number)
    state = str(found.state.label) if found else ""
    missing = len(gaps) if gaps is not None else None
    applies = "oui" if what.exclusion is None else f"non : {what.exclusion.label}"
    return (one.number, one.criterion, str(one.label), applies, count, missing, state)


def _kept(rows: Iterable[Row], shown: list[Row]) -> Iterator[Row]:
    """Yield the rows, and keep the first ones for the sheet."""
    for row in rows:
        if len(shown) < SHOWN:
            shown.append(row)
        yield row


def _sheet(
    contents: Contents,
    what: Applicability,
    shown: list[Row],
    count: int,
    gaps: list[Row] | None,
) -> pdf.Document:
    """Return the sheet of an indicator: requirement, evidence, gaps, plans under way."""
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
                ("Applicable", what.exclusion.label if what.exclusion else "oui"),
            ]
        ),
        pdf.heading(f"Preuves ({count})"),
        pdf.table(("Date", "Document", "Auteur"), evidence, (2, 7, 4))
        if evidence
        else pdf.paragraph("Aucune preuve dans ce dossier."),
    ]
    if count > len(shown):
        blocks.append(pdf.paragraph("La liste entière est dans preuves.csv."))
    if gaps is not None:
        lines = [f"{severity} – {text}" for severity, text, *_ in gaps]
        blocks += [pdf.heading("Manques constatés"), pdf.bullets(lines or ["Aucun."])]
    titles = [f"{title} ({plan_id})" for title, plan_id in plans]
    blocks += [pdf.heading("Plans d’amélioration en cours"), pdf.bullets(titles or ["Aucun."])]
    return pdf.Document(
        title=f"Indicateur {one.number}",
        organisation=contents.scope.tenant_name,
        subtitle=str(one.label),
        header=f"Indicateur {one.number}",
        blocks=blocks,
    )


def _evidence(contents: Contents, number: int) -> Iterator[Row]:
    """Yield the evidence of an indicator, then the registers that show something for it."""
    for shown in evidence_of(contents.scope, number):
        one = shown.evidence
        title, author = contents.people.text(one.title), author_of(contents, one)
        path = path_of(contents, shown)
        contents.index.add(number, title, path, f"{one.document_date:%d/%m/%Y}, {author}, {one.pk}")
        yield (one.document_date, title, author, one.pk, shown.sha256, path)
    for register in registers_in_order():
        if number in register.indicators:
            path = f"{register.path}.csv"
            title = f"Registre : {register.name.label}"
            contents.index.add(number, title, path)
            yield (
                contents.scope.until,
                title,
                contents.scope.tenant_name,
                "",
                contents.sha256_of(path),
                path,
            )


def _gaps(contents: Contents, indicator: Indicator) -> Iterator[Row]:
    for gap in indicator.gaps:
        # Their ids alone would tell of whom a disability was noted.
        ids = [] if gap.check.sensitive else gap.found.ids
        told = f"{gap.check.severity.label}, {gap.found.count}" if gap.found.count else ""
        contents.index.add(indicator.number, f"Manque : {gap.check.text}", "", told)
        yield (
            str(gap.check.severity.label),
            str(gap.check.text),
            gap.found.count,
            ", ".join(ids),
        )


add_section(Section("indicators", "Indicateurs", 40, _write))
