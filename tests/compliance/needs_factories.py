"""Needs analyses and a small catalogue, inserted directly."""

from typing import Any

from django.utils import timezone

from compliance.models import NeedsAnalysis
from compliance.recommend.need import Need
from compliance.recommend.postgresql import outcome
from qualiforma.training.models import Company, Course
from qualiforma.training.states import Level
from tests.cast import ALICE
from tests.qualiforma.training.factories import make_company, make_course

URL = "/api/v1/needs-analysis"
NOTE = "Malentendante : boucle magnétique en salle."


def make_analysis(**overrides: Any) -> NeedsAnalysis:
    """A draft unless told otherwise; its company is made on demand."""
    values: dict[str, Any] = {
        "objectives": ["Maîtriser Excel"],
        "current_level": "BEGINNER",
        "target_level": "ADVANCED",
        "context": "Mise à jour annuelle",
        "created_by_id": ALICE.id,
    }
    values |= overrides
    if "company" not in values and "company_id" not in values:
        values["company"] = make_company()
    if values.get("status") == "COMPLETED":
        values.setdefault("completed_at", timezone.now())
    levels = Level(values["current_level"]), Level(values["target_level"])
    told = outcome(Need(values["objectives"], *levels), [])
    values.setdefault("gap_analysis", told.gap_analysis)
    return NeedsAnalysis.objects.create(**values)


def needs_body(company: Company | None = None, **overrides: Any) -> dict[str, Any]:
    """The body of a valid creation."""
    return {
        "companyId": (company or make_company()).pk,
        "objectives": ["Maîtriser Excel pour reporting RH"],
        "currentLevel": "BEGINNER",
        "targetLevel": "ADVANCED",
        "context": "Mise à jour annuelle compétences bureautiques",
    } | overrides


def make_catalogue() -> list[Course]:
    """Two courses of Excel that follow one another, one of English, one of first aid."""
    return [
        make_course(
            id="crs_init",
            title="Excel – Prendre en main le tableur",
            level="INTERMEDIATE",
            skills=["Excel", "Tableur"],
            objectives=["Écrire des formules simples"],
        ),
        make_course(
            id="crs_form",
            title="Excel – Tableaux croisés dynamiques et reporting",
            entry_level="INTERMEDIATE",
            level="ADVANCED",
            skills=["Excel", "Reporting"],
            objectives=["Bâtir un reporting RH actualisable"],
        ),
        make_course(
            id="crs_english",
            title="Anglais professionnel – Réunions",
            entry_level="INTERMEDIATE",
            level="ADVANCED",
            skills=["Anglais", "Réunion"],
        ),
        make_course(
            id="crs_sst",
            title="Sauveteur secouriste du travail",
            level="INTERMEDIATE",
            skills=["Secourisme", "Défibrillateur"],
        ),
    ]


def make_needs_records() -> None:
    """A draft by the id that the route table names, beside its training records."""
    make_analysis(id="nda_routes", company_id="cmp_routes")
