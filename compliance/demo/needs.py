"""The demo's needs analyses: one before almost each training, others of companies that still ask.

Two gaps are planted: the analysis of `enr_form_slow` is dated after its first day, and learners
whom no company sends have none. What is recommended is computed from the demo's catalogue.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from compliance.models import NeedsAnalysis
from compliance.recommend import Need, by_database
from compliance.states import AnalysisStatus
from qualiforma import audit
from qualiforma.training.models import Company, Enrollment
from qualiforma.training.states import Level

SAMPLE = "nda_8f3b21"
SAMPLE_ENROLLMENT = "enr_abc123"
# Who enrolls later has not been asked yet.
LAST = datetime(2026, 11, 18, tzinfo=UTC)
AUTHORS = ("usr_admin01", "usr_trainer01", "usr_lead02")
B, N, A, X = Level  # N: intermediate


class Wish(NamedTuple):
    """What is wanted before a course: several wordings, taken in turn."""

    current: Level
    target: Level
    texts: tuple[str, ...]


WISHES = {
    "crs_excel_init": Wish(
        B,
        N,
        (
            "Créer un tableau Excel et écrire des formules simples",
            "Trier et filtrer une liste de clients sous Excel",
            "Prendre en main le tableur pour le suivi des heures",
        ),
    ),
    "crs_excel_form": Wish(
        N,
        A,
        (
            "Maîtriser Excel pour reporting RH",
            "Analyser les ventes avec des tableaux croisés dynamiques",
            "Bâtir un tableau de bord actualisable",
        ),
    ),
    "crs_paie_bases": Wish(
        N, A, ("Établir les bulletins de salaire", "Contrôler et envoyer la DSN")
    ),
    "crs_mgmt_equipe": Wish(
        B, N, ("Savoir déléguer une mission", "Fixer des objectifs clairs à mon équipe")
    ),
    "crs_sst_init": Wish(
        B, N, ("Porter secours à une victime", "Utiliser le défibrillateur de l’atelier")
    ),
    "crs_angl_pro": Wish(
        N, A, ("Prendre part à une réunion en anglais", "Commenter des chiffres en anglais")
    ),
    "crs_prise_parole": Wish(B, N, ("Prendre la parole en public", "Gérer son trac")),
}
CONTEXTS = (
    "Mise à jour annuelle des compétences, demandée à l’entretien professionnel.",
    "Prise de poste dans les trois mois ; besoin exprimé par le responsable.",
    "Réorganisation du service, l’outil devient quotidien.",
    "Demande du salarié, validée par la direction.",
)


class Request(NamedTuple):
    """An analysis that no enrollment follows yet. `company` is a rank."""

    id: str
    company: int
    objectives: tuple[str, ...]
    current: Level
    target: Level
    context: str
    funding: str
    at: str
    status: str = AnalysisStatus.COMPLETED
    note: str = ""
    third_party: str = ""


REQUESTS = (
    Request(
        "nda_bureau", 0, ("Maîtriser Excel pour reporting RH", "Présenter les résultats en public"),
        B, A, "Mise à jour annuelle compétences bureautiques", "OPCO", "2026-09-14T08:20",
    ),
    Request(
        "nda_chantier", 2, ("Secourisme au travail", "Utiliser un extincteur", "Souder à l’arc"),
        B, N, "Ouverture d’un atelier ; deux obligations légales et un souhait.", "OPCO",
        "2026-09-22T13:45",
    ),
    Request(
        "nda_export", 1, ("Négocier en anglais avec nos clients", "Comprendre un contrat en anglais"),
        N, X, "Premiers marchés en Irlande au printemps.", "SELF", "2026-10-06T09:10",
        third_party="Diagnostic export de la chambre de commerce, septembre 2026.",
    ),
    Request(
        "nda_reconversion", 4, ("Tenir la comptabilité courante", "Établir les payes"),
        B, A, "Reconversion interne après fermeture d’un service.", "POLE_EMPLOI",
        "2026-10-20T15:00", note="Dyslexie : supports aérés, temps majoré d’un tiers.",
    ),
    Request(
        "nda_serveur", 3, ("Administrer un serveur Linux",), N, X,
        "Le prestataire actuel arrête en fin d’année.", "OTHER", "2026-11-04T10:30",
    ),
    Request(
        "nda_draft", 0, ("Travailler à plusieurs sur les mêmes documents", "Animer nos réseaux sociaux"),
        B, N, "Premier échange téléphonique, à compléter avec le responsable.", "CPF",
        "2026-11-16T16:40", AnalysisStatus.DRAFT,
        note="Malentendante : boucle magnétique ou sous-titrage.",
    ),
    Request(
        "nda_rgpd", 2, ("Tenir le registre du RGPD",), N, A,
        "Contrôle annoncé par le donneur d’ordre.", "OPCO", "2026-11-18T11:05",
        AnalysisStatus.DRAFT,
    ),
)  # fmt: skip


def load(slug: str) -> None:
    """Fill the open tenant. Nothing happens when the sample analysis is there already."""
    if NeedsAnalysis.objects.filter(pk=SAMPLE).exists():
        return
    companies = list(Company.objects.order_by("created_at", "pk"))
    with audit.action("compliance.demo.loaded"):
        NeedsAnalysis.objects.bulk_create([*_before_training(), *_asked(companies)])


def _before_training() -> Iterator[NeedsAnalysis]:
    sent = Enrollment.objects.filter(company__isnull=False, enrolled_at__lt=LAST)
    for rank, one in enumerate(sent.order_by("enrolled_at", "pk")):
        wish = WISHES[one.course_id]
        is_sample = one.pk == SAMPLE_ENROLLMENT
        at = datetime(2026, 4, 2, 9, 30, tzinfo=UTC) if is_sample else _instant(one, rank)
        texts = ("Maîtriser Excel pour reporting RH",) if is_sample else wish.texts
        yield _analysis(
            id=SAMPLE if is_sample else f"nda_{one.pk.removeprefix('enr_')}",
            company_id=one.company_id,
            enrollment_id=one.pk,
            objectives=[texts[rank % len(texts)]],
            current_level=B if is_sample else wish.current,
            target_level=A if is_sample else wish.target,
            context=CONTEXTS[rank % len(CONTEXTS)],
            funding_source=("OPCO", "OPCO", "CPF", "SELF")[rank % 4],
            created_by_id=AUTHORS[rank % len(AUTHORS)],
            created_at=at - timedelta(hours=2),
            completed_at=at,
            status=AnalysisStatus.COMPLETED,
        )


def _instant(enrollment: Enrollment, rank: int) -> datetime:
    """Return the day after the enrollment, at hours that differ; one comes after the first day."""
    if enrollment.pk == "enr_form_slow":
        return datetime(2026, 10, 14, 9, 15, tzinfo=UTC)
    return enrollment.enrolled_at + timedelta(hours=22 + rank % 5, minutes=7 * rank % 60)


def _asked(companies: list[Company]) -> Iterator[NeedsAnalysis]:
    for rank, one in enumerate(REQUESTS):
        at = datetime.fromisoformat(f"{one.at}:00+00:00")
        yield _analysis(
            id=one.id,
            company=companies[one.company],
            objectives=list(one.objectives),
            current_level=one.current,
            target_level=one.target,
            context=one.context,
            funding_source=one.funding,
            accessibility_needs=one.note,
            third_party_analysis=one.third_party,
            created_by_id=AUTHORS[rank % len(AUTHORS)],
            created_at=at,
            completed_at=at if one.status == AnalysisStatus.COMPLETED else None,
            status=one.status,
        )


def _analysis(**values: Any) -> NeedsAnalysis:
    """Return an analysis with what the demo's catalogue answers."""
    need = Need(values["objectives"], values["current_level"], values["target_level"])
    found = by_database(need)
    return NeedsAnalysis(
        **values, recommendations=found.recommendations, gap_analysis=found.gap_analysis
    )
