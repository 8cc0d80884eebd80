"""Bodies as the source shows them, made whole where it shows a part.

Source: public API, improvement plans.
"""

from typing import Any

Body = dict[str, Any]
INDICATOR_LABELS = {
    "31": "Difficultés, réclamations et aléas traités",
    "32": "Améliorations tirées des appréciations, des réclamations et de l’analyse des risques",
}

RESULT_INPUT: Body = {
    "name": "Délai de première réponse",
    "unit": "heures",
    "baseline": 12,
    "target": 4,
    "direction": "DOWN",
    "measuredValue": 3.3,
    "measuredOn": "2026-09-25",
}
RESULT: Body = {
    "id": "res_8f3b21",
    **RESULT_INPUT,
    "met": True,
    "notMeasurableUntil": None,
    "targetChanges": [],
}
MOVE: Body = {
    "fromDate": "2026-06-15",
    "toDate": "2026-07-01",
    "reason": "Formateur indisponible.",
    "movedAt": "2026-06-10T09:00:00Z",
    "movedBy": "usr_admin01",
}
CHECK_INPUT: Body = {
    "verdict": "PARTLY",
    "method": "Délais relevés dans l’outil du support sur 90 jours.",
    "comment": "Le délai remonte le vendredi.",
    "measures": [{"resultId": "res_8f3b21", "measuredValue": 5.5, "measuredOn": "2026-12-20"}],
    "verifiedOn": "2026-12-21",
    "successor": True,
}
CHECK: Body = {
    "id": "efc_8f3b21",
    "number": 1,
    "verdict": "PARTLY",
    "method": CHECK_INPUT["method"],
    "comment": CHECK_INPUT["comment"],
    "measures": [
        {
            "resultId": "res_8f3b21",
            "name": "Délai de première réponse",
            "measuredValue": 5.5,
            "measuredOn": "2026-12-20",
            "met": False,
        }
    ],
    "reason": None,
    "successorId": "imp_9c4d32",
    "verifiedOn": "2026-12-21",
    "verifiedBy": "usr_admin02",
    "verifierIsDoer": False,
    "createdAt": "2026-12-21T15:00:00Z",
}
NOT_DUE: Body = {"effectiveness": "NOT_DUE", "effectivenessDueDate": None, "recurrence": False}
NEW_ACTION: Body = {"kind": "CORRECTIVE", "dueDateMoves": []}
PLAN_INPUT: Body = {
    "title": "Améliorer la prise en charge du support N1",
    "description": "Réduction du temps de réponse moyen à moins de 4 h ouvrées.",
    "trigger": "COMPLAINT",
    "linkedComplaintIds": ["cmp_a1b2c3"],
    "targetDate": "2026-09-30",
    "owner": "usr_admin01",
    "actions": [
        {
            "description": "Mettre en place un dashboard de suivi temps de réponse",
            "owner": "usr_admin01",
            "dueDate": "2026-05-15",
        },
        {
            "description": "Former l’équipe N1 sur les nouveaux process",
            "owner": "usr_lead02",
            "dueDate": "2026-07-01",
        },
    ],
}
ACTION_INPUT: Body = {
    "description": "Auditer le process de remontée incident",
    "owner": "usr_lead02",
    "dueDate": "2026-08-15",
}
PLAN_CHANGES: Body = {
    "status": "IN_PROGRESS",
    "targetDate": "2026-10-31",
    "owner": "usr_admin02",
}
ACTION_CHANGES: Body = {"status": "DONE"}
CLOSURE: Body = {
    "summary": "Temps de réponse moyen passé de 12 h à 3 h 20 sur 90 jours.",
    "outcomes": [
        "Réduction des réclamations de 42%",
        "Satisfaction support : 4,3 → 4,8 / 5",
    ],
    "attachmentS3Key": "tenants/qf-demo/improvements/imp_8f3b21/report.pdf",
}

PLAN_LIST_ITEM: Body = {
    "id": "imp_8f3b21",
    "title": "Améliorer la prise en charge du support N1",
    "trigger": "COMPLAINT",
    "status": "IN_PROGRESS",
    "owner": "usr_admin01",
    "targetDate": "2026-09-30",
    "linkedComplaintIds": ["cmp_a1b2c3"],
    "actionsCount": 4,
    "actionsCompleted": 2,
    "createdAt": "2026-04-12T10:00:00Z",
    "reference": "PA-2026-0007",
    **NOT_DUE,
}
DONE: Body = {
    "id": "act_001",
    "description": "Mettre en place un dashboard de suivi temps de réponse",
    "status": "DONE",
    "owner": "usr_admin01",
    "dueDate": "2026-05-15",
    "completedAt": "2026-05-12T14:30:00Z",
    **NEW_ACTION,
    "firstDueDate": "2026-05-15",
}
ONGOING: Body = {
    "id": "act_002",
    "description": "Former l’équipe N1 sur les nouveaux process",
    "status": "IN_PROGRESS",
    "owner": "usr_lead02",
    "dueDate": "2026-07-01",
    "kind": "CORRECTIVE",
    "firstDueDate": "2026-06-15",
    "dueDateMoves": [MOVE],
}
ACTION_DONE: Body = {**ONGOING, "status": "DONE", "completedAt": "2026-05-15T11:42:00Z"}
ACTION_ADDED: Body = {
    "id": "act_003",
    "status": "TODO",
    **ACTION_INPUT,
    **NEW_ACTION,
    "firstDueDate": ACTION_INPUT["dueDate"],
}

PLAN_DETAIL: Body = {
    "id": "imp_8f3b21",
    "title": "Améliorer la prise en charge du support N1",
    "description": "Réduction du temps de réponse moyen à moins de 4 h ouvrées.",
    "trigger": "COMPLAINT",
    "status": "IN_PROGRESS",
    "owner": "usr_admin01",
    "targetDate": "2026-09-30",
    "linkedComplaintIds": ["cmp_a1b2c3"],
    "actions": [DONE, ONGOING],
    "actionsCount": 2,
    "actionsCompleted": 1,
    "createdAt": "2026-04-12T10:00:00Z",
    "reference": "PA-2026-0007",
    **NOT_DUE,
    "linkedComplaints": [
        {
            "id": "cmp_a1b2c3",
            "subject": "Support injoignable pendant deux jours",
            "status": "RESOLVED",
            "receivedAt": "2026-04-08T09:12:00Z",
        }
    ],
    "indicators": [31, 32],
    "indicatorLabels": INDICATOR_LABELS,
    "startedAt": "2026-04-13T08:00:00Z",
    "rootCause": "Un seul technicien formé par plage horaire.",
    "causeMethod": "FIVE_WHYS",
    "expectedResults": [RESULT],
    "followsPlanId": None,
    "effectivenessChecks": [],
}
PLAN_CREATED: Body = {
    **PLAN_DETAIL,
    "status": "DRAFT",
    "actions": [
        {
            "id": f"act_00{rank}",
            "status": "TODO",
            **one,
            **NEW_ACTION,
            "firstDueDate": one["dueDate"],
        }
        for rank, one in enumerate(PLAN_INPUT["actions"], start=1)
    ],
    "actionsCompleted": 0,
    "startedAt": None,
}
PLAN_CHANGED: Body = {**PLAN_DETAIL, **PLAN_CHANGES}
PLAN_CLOSED: Body = {
    **PLAN_DETAIL,
    "status": "COMPLETED",
    "actions": [DONE, ACTION_DONE],
    "actionsCompleted": 2,
    "closedAt": "2026-09-28T16:00:00Z",
    "closedBy": "usr_admin01",
    "effectiveness": "TO_CHECK",
    "effectivenessDueDate": "2026-12-27",
    "closureReport": {
        **CLOSURE,
        "attachmentUrl": "https://api.qualiforma.site/links/file/eyJ0IjoidG50XzEifQ.1xUiQm.Esm0uY",
    },
}
STATS: Body = {
    "totalPlans": 23,
    "completed": 14,
    "inProgress": 7,
    "draft": 2,
    "completionRate": 0.61,
    "averageDurationDays": 87,
    "byTrigger": {"COMPLAINT": 9, "AUDIT": 4, "FEEDBACK": 6, "PROACTIVE": 4},
    "abandoned": 0,
    "overdue": 1,
    "averageActionsPerPlan": 3.2,
    "onTimeRate": 0.86,
    "byIndicator": {"31": 9, "32": 23},
    "effectivenessRate": 0.75,
    "checksOverdue": 1,
    "recurrenceRate": 0.07,
    "averageDaysLate": 4.5,
    "postponements": 6,
    "indicatorLabels": INDICATOR_LABELS,
}
COMPLAINT_INPUT: Body = {
    "subject": "Support injoignable pendant deux jours",
    "description": "Trois appels sans réponse les 6 et 7 avril, un rappel le 8.",
    "channel": "PHONE",
    "kind": "COMPLAINT",
    "complainantName": "Nadia Benali",
    "complainantEmail": "nadia.benali@example.org",
    "complainantRole": "LEARNER",
    "receivedAt": "2026-04-08T09:12:00Z",
}
COMPLAINT_CHANGES: Body = {
    "status": "RESOLVED",
    "resolution": "Excuses présentées, heures de cours rattrapées, astreinte mise en place.",
}
COMPLAINT: Body = {
    "id": "cmp_a1b2c3",
    **COMPLAINT_INPUT,
    "enrollmentId": None,
    "themeId": "thm_support",
    "acknowledgedAt": None,
    "acknowledgeBy": "2026-04-10",
    "resolvedAt": None,
    "answerBy": "2026-04-22",
    "answeredOn": None,
    "late": None,
    "status": "OPEN",
    "resolution": None,
    "improvementPlanIds": [],
    "origin": "STAFF",
    "createdAt": "2026-04-08T09:30:00Z",
}
COMPLAINT_ANSWERED: Body = {
    **COMPLAINT,
    **COMPLAINT_CHANGES,
    "acknowledgedAt": "2026-04-08T14:00:00Z",
    "resolvedAt": "2026-04-20T16:05:00Z",
    "answeredOn": "2026-04-20",
    "improvementPlanIds": ["imp_8f3b21"],
}
ATTACHMENT: Body = {
    "id": "att_8f3b21",
    "attachmentS3Key": "tenants/qf-demo/improvements/imp_8f3b21/att_8f3b21-rapport.pdf",
    "name": "Rapport.pdf",
    "contentType": "application/pdf",
    "size": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "freeOfPersonalData": False,
    "uploadedBy": "usr_admin01",
    "createdAt": "2026-09-28T15:40:00Z",
    "url": "https://api.qualiforma.site/links/file/eyJ0IjoidG50XzEifQ.1xUiQm.Esm0uYc2tYCv",
}
COMPLAINT_ATTACHMENT: Body = {
    "id": "caf_8f3b21",
    "name": "Courrier.pdf",
    "contentType": "application/pdf",
    "size": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "uploadedBy": "usr_admin01",
    "createdAt": "2026-09-28T15:40:00Z",
    "url": "https://api.qualiforma.site/links/file/eyJ0IjoidG50XzEifQ.1xUiQm.Esm0uYc2tYCv",
}
THEME_INPUT: Body = {"name": "Accueil et locaux", "position": 2}
THEME_CHANGES: Body = {"archived": True}
THEME: Body = {"id": "thm_accueil", **THEME_INPUT, "archived": False}
RISK_INPUT: Body = {
    "title": "Formateur unique pour les sessions Excel",
    "description": "Une absence annule la session ; personne ne peut le remplacer.",
    "indicators": [18, 32],
    "likelihood": 3,
    "severity": 3,
    "treatment": "REDUCE",
    "measures": "Former un second intervenant avant l’été.",
    "owner": "usr_admin01",
    "planId": "imp_8f3b21",
    "reviewedOn": "2026-03-02",
    "nextReviewOn": "2027-03-01",
}
RISK_CHANGES: Body = {"likelihood": 2, "status": "CONTROLLED"}
RISK: Body = {
    "id": "rsk_8f3b21",
    **RISK_INPUT,
    "indicatorLabels": {
        "18": "Intervenants internes et externes coordonnés",
        "32": INDICATOR_LABELS["32"],
    },
    "level": 9,
    "reviewOverdue": False,
    "status": "OPEN",
    "createdAt": "2026-03-02T09:00:00Z",
}
RISK_REVIEW_INPUT: Body = {
    "reviewedOn": "2026-03-02",
    "participants": "Claire Martin, Paul Leroy",
    "decisions": "Second intervenant recruté ; le risque passe de 9 à 6.",
    "riskIds": ["rsk_8f3b21"],
    "nextReviewOn": "2027-03-01",
}
RISK_REVIEW: Body = {
    "id": "rrv_8f3b21",
    "reviewedOn": "2026-03-02",
    "participants": "Claire Martin, Paul Leroy",
    "decisions": "Second intervenant recruté ; le risque passe de 9 à 6.",
    "assessments": [
        {
            "riskId": "rsk_8f3b21",
            "title": "Formateur unique pour les sessions Excel",
            "likelihood": 3,
            "severity": 3,
            "level": 9,
            "treatment": "REDUCE",
            "status": "OPEN",
        }
    ],
    "createdBy": "usr_admin01",
    "createdAt": "2026-03-02T11:00:00Z",
}
