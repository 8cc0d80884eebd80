"""What the published contract says of paths and timelines: names, texts, bodies, refusals.

Source: public API, compliance.
"""

from functools import partial
from typing import Any

from compliance.services.paths_exceptions import AlreadyAssignedError, PathAssignedError
from qualiforma.api.docs import an_id, described
from qualiforma.errors import RuleError

Body = dict[str, Any]

about_paths = partial(described, tags=["Adaptive paths"])
about_files = partial(described, tags=["PAF"])

PATH_INPUT: Body = {
    "name": "Parcours Excel - Public débutant",
    "description": "Adapté aux apprenants n'ayant jamais utilisé Excel",
    "targetAudience": "BEGINNER",
    "modules": [
        {"courseId": "crs_excel_init", "order": 1, "mandatory": True},
        {"courseId": "crs_excel_form", "order": 2, "mandatory": True},
        {
            "courseId": "crs_excel_macro",
            "order": 3,
            "mandatory": False,
            "unlockCondition": "SCORE_GTE_70",
        },
    ],
    "prerequisiteAssessmentId": "qst_pre_excel",
}
PATH_CHANGES: Body = {
    "modules": PATH_INPUT["modules"][:2],
    "reason": "Les macros sont proposées dans un parcours à part.",
}
PATH: Body = {
    "id": "pth_8f3b21",
    "name": PATH_INPUT["name"],
    "description": PATH_INPUT["description"],
    "targetAudience": "BEGINNER",
    "modules": [
        {
            "courseId": "crs_excel_init",
            "order": 1,
            "mandatory": True,
            "unlockCondition": "COMPLETION",
            "title": "Excel – initiation",
        },
        {
            "courseId": "crs_excel_form",
            "order": 2,
            "mandatory": True,
            "unlockCondition": "COMPLETION",
            "title": "Excel – formules",
        },
    ],
    "prerequisiteAssessmentId": "qst_pre_excel",
    "version": 1,
    "createdAt": "2026-04-02T08:00:00Z",
    "createdBy": "usr_admin01",
}
PATH_CHANGED: Body = {**PATH, "version": 2}
ASSIGNMENT_INPUT: Body = {
    "userId": "usr_learner02",
    "rationale": "Débute sur tableur ; reporting RH attendu en autonomie d’ici l’été.",
}
ASSIGNMENT: Body = {
    "id": "pta_8f3b21",
    "pathId": "pth_8f3b21",
    "version": 1,
    **ASSIGNMENT_INPUT,
    "needsAnalysisId": None,
    "assignedAt": "2026-04-03T09:00:00Z",
    "assignedBy": "usr_admin01",
    "modules": [
        {
            "courseId": "crs_excel_init",
            "title": "Excel – initiation",
            "order": 1,
            "mandatory": True,
            "unlockCondition": "COMPLETION",
            "state": "COMPLETED",
            "score": 62.5,
            "counted": None,
            "missing": [],
        },
        {
            "courseId": "crs_excel_form",
            "title": "Excel – formules",
            "order": 2,
            "mandatory": True,
            "unlockCondition": "SCORE_GTE_70",
            "state": "LOCKED",
            "score": None,
            "counted": {"courseId": "crs_excel_init", "score": 62.5},
            "missing": [
                {
                    "kind": "SCORE",
                    "courseId": "crs_excel_init",
                    "requiredScore": 70,
                    "reachedScore": 62.5,
                    "description": "Score d’au moins 70 % dans « Excel – initiation » (62,5 % atteints).",
                }
            ],
        },
    ],
}


PATH_ID = an_id("path_id", "Identifiant du parcours", "pth_prevention")
GIVEN_PATH_ID = an_id("path_id", "Identifiant du parcours", "pth_excel_debutant")
USER_ID = an_id("user_id", "Identifiant de l’apprenant", "usr_learner01")
ENROLLMENT_ID = an_id("enrollment_id", "Identifiant de l’inscription", "enr_abc123")


PATH_REFUSALS: dict[str, tuple[RuleError, ...]] = {"destroy": (PathAssignedError(assignments=2),)}
ASSIGNMENT_REFUSALS: dict[str, tuple[RuleError, ...]] = {
    "create": (AlreadyAssignedError(assigned_at="2026-04-03T09:00:00Z", version=1),)
}
