"""What the published contract says of needs analyses: names, texts, bodies, refusals.

Source: public API, compliance.
"""

from typing import Any

from compliance.services.needs_exceptions import AnalysisCompletedError
from qualiforma.api.docs import an_id
from qualiforma.errors import RuleError

Body = dict[str, Any]

TAGS = ["Compliance"]
ANALYSIS_ID = an_id("analysis_id", "Identifiant de l’analyse", "nda_8f3b21")

NEEDS_INPUT: Body = {
    "companyId": "cmp_abc123",
    "enrollmentId": "enr_xyz789",
    "objectives": ["Maîtriser Excel pour reporting RH"],
    "currentLevel": "BEGINNER",
    "targetLevel": "ADVANCED",
    "context": "Mise à jour annuelle compétences bureautiques",
    "fundingSource": "OPCO",
}
NEEDS_CHANGES: Body = {
    "objectives": ["Maîtriser Excel pour reporting RH", "Automatiser les exports mensuels"],
    "targetLevel": "EXPERT",
}
RECOMMENDATION: Body = {
    "courseId": "crs_excel_form",
    "title": "Excel – Formules, tableaux croisés dynamiques et reporting",
    "level": "ADVANCED",
    "score": 0.74,
    "matchedObjectives": [0],
    "reasons": [
        "Répond à l’objectif 1 : excel, reporting, rh",
        "Mène du niveau Intermédiaire au niveau Avancé",
        "À suivre après « Excel – Prendre en main le tableur »",
    ],
    "order": 2,
}
GAP: Body = {
    "currentLevel": "BEGINNER",
    "targetLevel": "ADVANCED",
    "levelsToGain": 2,
    "steps": ["INTERMEDIATE"],
    "coveredObjectives": [0],
    "uncoveredObjectives": [],
    "coverage": 1.0,
    "engine": "POSTGRESQL",
    "engineFailure": None,
}
NEEDS_LIST_ITEM: Body = {
    "id": "nda_8f3b21",
    **NEEDS_INPUT,
    "thirdPartyAnalysis": None,
    "status": "COMPLETED",
    "recommendations": [RECOMMENDATION],
    "gapAnalysis": GAP,
    "createdAt": "2026-04-02T09:30:00Z",
    "completedAt": "2026-04-02T09:30:00Z",
    "createdBy": "usr_admin01",
}
NEEDS: Body = {**NEEDS_LIST_ITEM}
NEEDS_CHANGED: Body = {
    **NEEDS,
    **NEEDS_CHANGES,
    "status": "DRAFT",
    "completedAt": None,
    "gapAnalysis": {
        **GAP,
        "targetLevel": "EXPERT",
        "levelsToGain": 3,
        "steps": ["INTERMEDIATE", "ADVANCED"],
        "uncoveredObjectives": [1],
        "coverage": 0.5,
    },
}

FROZEN = AnalysisCompletedError(current="COMPLETED")
REFUSALS: dict[str, tuple[RuleError, ...]] = {"partial_update": (FROZEN,), "complete": (FROZEN,)}
