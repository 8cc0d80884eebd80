"""The README of a bundle: organisation, period, grid, what is missing and how to check it."""

from typing import TYPE_CHECKING

from qualiforma import pdf

if TYPE_CHECKING:
    from qualiforma.bundle.contents import Contents

NAME = "00-lisez-moi.pdf"
MOST_MISSING = 100
COUNTS = {
    "reclamations": "Réclamations",
    "plans": "Plans d’amélioration",
    "actions": "Actions correctives",
    "preuves": "Preuves",
    "analyses": "Analyses des besoins",
    "parcours": "Parcours",
    "affectations": "Affectations de parcours",
    "liste": "Dossiers de formation",
    "journal": "Entrées du journal d’audit",
}


def write_readme(contents: "Contents") -> None:
    """Write the page; everything else must be there already, as it says what is."""
    document = pdf.Document(
        title="Dossier d’audit",
        organisation=contents.scope.tenant_name,
        subtitle="À lire en premier",
        header="Dossier d’audit",
        blocks=[
            *_scope(contents),
            *_counts(contents),
            *_missing(contents),
            *_reservations(contents),
            *_checking(contents),
        ],
    )
    contents.document(NAME, document)


def _scope(contents: "Contents") -> list[pdf.Block]:
    scope = contents.scope
    grid = scope.grid
    limits = [
        f"pour les audits à partir du {grid.audits_from:%d/%m/%Y}" if grid.audits_from else "",
        f"pour les audits jusqu’au {grid.audits_until:%d/%m/%Y}" if grid.audits_until else "",
    ]
    sample = ", ".join(contents.notes.get("sample", []))
    drawn = f" ({scope.sample} tirés au sort, tirage n° {scope.seed})" if scope.sample else ""
    return [
        pdf.facts(
            [
                *contents.organisation,
                ("Période", f"du {scope.since:%d/%m/%Y} au {scope.until:%d/%m/%Y}"),
                ("Date d’audit retenue", f"{scope.audit_day:%d/%m/%Y}"),
                ("Référentiel", f"{grid.source}, {' '.join(filter(None, limits))}"),
                ("Échantillon", f"{sample}{drawn}" if sample else "aucun dossier de formation"),
                ("Noms", _names(contents)),
            ]
        )
    ]


def _names(contents: "Contents") -> str:
    if contents.scope.names:
        return f"affichés, pour le motif suivant : {contents.scope.reason}"
    return "les apprenants et les auteurs de réclamations sont désignés par leurs initiales"


def _counts(contents: "Contents") -> list[pdf.Block]:
    rows = [
        (said, contents.counts[name]) for name, said in COUNTS.items() if name in contents.counts
    ]
    files = len(contents.archive.members)
    return [pdf.heading("Contenu"), pdf.facts([*rows, ("Fichiers, sans celui-ci", files)])]


def _missing(contents: "Contents") -> list[pdf.Block]:
    found = sorted(map(str, contents.missing))
    if not found:
        return [pdf.heading("Ce qui manque"), pdf.paragraph("Rien : le dossier est complet.")]
    more = len(found) - MOST_MISSING
    shown = found[:MOST_MISSING] + ([f"et encore {more} : voir MANQUES.txt"] if more > 0 else [])
    return [pdf.heading("Ce qui manque"), pdf.bullets(shown)]


def _reservations(contents: "Contents") -> list[pdf.Block]:
    told = [
        "Les brouillons, les plans supprimés ou abandonnés et les actions annulées ne sont pas des preuves : ils n’y sont pas.",
        "Les fiches sont présentées telles qu’elles étaient à la fin de la période. Les intitulés et les scores des chronologies d’apprenants sont ceux du jour de l’export.",
        "Aucune mention de handicap ni aucun contenu confidentiel ne figure dans ce dossier.",
    ]
    if not contents.scope.is_open:
        told.append("Les manques par indicateur ne sont établis que pour une période en cours.")
    return [pdf.heading("À savoir"), pdf.bullets(told)]


def _checking(contents: "Contents") -> list[pdf.Block]:
    seq, digest = contents.scope.head
    return [
        pdf.heading("Vérifier ce dossier"),
        pdf.paragraph(
            "Aucun réseau ni logiciel de l’organisme n’est nécessaire. Dans le dossier décompressé :"
        ),
        pdf.bullets(
            [
                "sha256sum -c integrite/SHA256SUMS vérifie chaque fichier ;",
                "python3 integrite/verify_bundle.py vérifie aussi qu’aucun fichier n’a été ajouté ni retiré, les nombres et le journal d’audit.",
            ]
        ),
        pdf.facts([("Journal arrêté à l’entrée", f"{seq}:{digest}")]),
    ]
