"""The demo's adaptive paths: three, one of them changed since a learner got it.

They name the courses, questionnaires and people of the training records' demo, so that the states
of their modules follow from what these learners did.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from compliance.models import (
    AdaptivePath,
    NeedsAnalysis,
    PathAssignment,
    PathModule,
    PathVersion,
)
from compliance.states import AnalysisStatus
from qualiforma import audit
from qualiforma.training.models import Enrollment

AUTHOR = "usr_admin01"
SAMPLE_PATH = "pth_excel_debutant"


class Version(NamedTuple):
    """One version of a path: courses in order, each with its condition, `?` for an optional one."""

    at: str
    modules: tuple[str, ...]
    reason: str = ""


class Path(NamedTuple):
    """One path with its versions, and which enrollment's learner got which of them, why, when."""

    id: str
    name: str
    description: str
    target_audience: str
    prerequisite_assessment_id: str | None
    versions: tuple[Version, ...]
    given: tuple[tuple[str, int, str, str], ...] = ()


PATHS = (
    Path(
        id=SAMPLE_PATH,
        name="Parcours Excel – Public débutant",
        description="Adapté aux apprenants n’ayant jamais utilisé Excel.",
        target_audience="BEGINNER",
        prerequisite_assessment_id="qst_pre_excel",
        versions=(
            Version(
                "2026-03-16T09:00",
                ("crs_excel_init", "crs_excel_form SCORE_GTE_70", "crs_excel_macro?"),
            ),
            Version(
                "2026-05-04T14:20",
                (
                    "crs_excel_init",
                    "crs_excel_form SCORE_GTE_70",
                    "crs_powerbi?",
                    "crs_excel_macro? SCORE_GTE_80",
                ),
                "Deux entreprises demandent Power BI après les formules ; les macros supposent une "
                "vraie aisance, d’où le seuil de 80 %.",
            ),
        ),
        given=(
            (
                "enr_abc123",
                1,
                "2026-04-03T09:15",
                (
                    "Débute sur tableur et doit tenir le reporting RH d’ici l’été : les bases d’abord, "
                    "les formules dès que l’évaluation dépasse 70 %."
                ),
            ),
            (
                "enr_excel_pre",
                1,
                "2026-04-03T09:40",
                "Même besoin, sans urgence ; le seuil de 70 % évite de passer trop tôt aux formules.",
            ),
            (
                "enr_excel_late",
                2,
                "2026-05-11T10:05",
                "Souhaite analyser des données d’activité : Power BI lui est proposé en option.",
            ),
        ),
    ),
    Path(
        id="pth_management",
        name="Parcours management – De l’équipe à la direction",
        description="Prendre une équipe, puis conduire entretiens, conflits et changement.",
        target_audience="INTERMEDIATE",
        prerequisite_assessment_id=None,
        versions=(
            Version(
                "2026-01-12T08:30",
                (
                    "crs_mgmt_equipe",
                    "crs_mgmt_entretien",
                    "crs_mgmt_conflit?",
                    "crs_mgmt_strategie SCORE_GTE_80",
                ),
            ),
        ),
        given=(
            (
                "enr_mgmt_well",
                1,
                "2026-01-20T11:00",
                "Responsable d’atelier depuis six mois ; entretiens annuels à mener en juin.",
            ),
        ),
    ),
    Path(
        id="pth_prevention",
        name="Parcours prévention au travail",
        description="Secours, gestes et document unique, pour les référents sécurité.",
        target_audience="BEGINNER",
        prerequisite_assessment_id=None,
        versions=(
            Version(
                "2026-09-07T13:45",
                ("crs_sst_init", "crs_gestes_postures?", "crs_duerp", "crs_sst_mac"),
            ),
        ),
    ),
)


def load(slug: str) -> None:
    """Fill the open tenant. Nothing happens when the first path is there already."""
    if AdaptivePath.objects.filter(pk=SAMPLE_PATH).exists():
        return
    with audit.action("compliance.demo.loaded"):
        for one in PATHS:
            _load(one)


def _load(given: Path) -> None:
    content = {
        "name": given.name,
        "description": given.description,
        "target_audience": given.target_audience,
        "prerequisite_assessment_id": given.prerequisite_assessment_id,
    }
    path = AdaptivePath.objects.create(
        id=given.id,
        created_at=_instant(given.versions[0].at),
        created_by_id=AUTHOR,
        version=len(given.versions),
        **content,
    )
    versions = {
        number: _version(path, number, one, content)
        for number, one in enumerate(given.versions, start=1)
    }
    enrollments = Enrollment.objects.in_bulk([enrollment for enrollment, *_ in given.given])
    for enrollment_id, number, at, rationale in given.given:
        PathAssignment.objects.create(
            id=f"pta_{given.id.removeprefix('pth_')}_{enrollment_id.removeprefix('enr_')}",
            path=path,
            version=versions[number],
            user_id=enrollments[enrollment_id].user_id,
            needs_analysis=_analysis(enrollment_id),
            rationale=rationale,
            assigned_at=_instant(at),
            assigned_by_id=AUTHOR,
        )


def _version(path: AdaptivePath, number: int, one: Version, content: dict[str, Any]) -> PathVersion:
    version = PathVersion.objects.create(
        id=f"ptv_{path.pk.removeprefix('pth_')}_{number}",
        path=path,
        number=number,
        reason=one.reason,
        created_at=_instant(one.at),
        created_by_id=AUTHOR,
        **content,
    )
    PathModule.objects.bulk_create(
        _module(version, order, *text.split()) for order, text in enumerate(one.modules, start=1)
    )
    return version


def _module(
    version: PathVersion, order: int, course: str, condition: str = "COMPLETION"
) -> PathModule:
    return PathModule(
        id=f"ptm_{version.pk.removeprefix('ptv_')}_{order}",
        path_id=version.path_id,
        version=version,
        course_id=course.rstrip("?"),
        order=order,
        mandatory=not course.endswith("?"),
        unlock_condition=condition,
    )


def _analysis(enrollment_id: str) -> NeedsAnalysis | None:
    """Return the analysis that the learner's path follows from, where the demo has one."""
    found = NeedsAnalysis.objects.filter(enrollment=enrollment_id, status=AnalysisStatus.COMPLETED)
    analysis: NeedsAnalysis | None = found.order_by("completed_at", "pk").first()
    return analysis


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
