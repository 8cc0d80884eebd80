"""Bodies as the published contract shows them."""

from typing import Any

Body = dict[str, Any]

PLAN_ID = "507f1f77bcf86cd799439011"
ACTION_ID = "64f8a0e2d5b7c9a1e3f4a5b6"
AREA_ID = "64f8a0e2d5b7c9a1e3f4a5b7"
GROUP_ID = "64f8a0e2d5b7c9a1e3f4a5b8"
NOTE_ID = "64f8a0e2d5b7c9a1e3f4a5b9"
COMPANY_ID = "tnt_8f3b21"
WRITTEN = "2026-04-12T10:00:00Z"

PLAN_INPUT: Body = {
    "title": "Fidéliser les formateurs",
    "description": "Suite à l’enquête interne d’avril.",
    "visibility": "PRIVATE",
}
PLAN_CHANGES: Body = {"visibility": "PUBLIC"}
ACTION_INPUT: Body = {
    "planId": PLAN_ID,
    "title": "Ouvrir un créneau d’échange mensuel",
    "description": "Une heure, le premier mardi du mois.",
    "actionType": "MANAGER",
    "source": "MANUAL",
    "focusItems": [{"focusType": "SCORE", "focusId": "communication", "label": "Communication"}],
    "hierarchyIds": [AREA_ID],
    "groupIds": [GROUP_ID],
    "assignees": ["usr_lead02"],
    "dueDate": "2026-06-30",
}
ACTION_CHANGES: Body = {"title": "Ouvrir un créneau hebdomadaire", "dueDate": "2026-07-31"}
MOVE: Body = {"status": "IN_PROGRESS", "assigneeId": "usr_lead02"}
NOTE_INPUT: Body = {"text": "Première réunion tenue, sept présents."}
ACTION: Body = {
    "id": ACTION_ID,
    "companyId": COMPANY_ID,
    "planId": PLAN_ID,
    "title": "Ouvrir un créneau d’échange mensuel",
    "description": "Une heure, le premier mardi du mois.",
    "actionType": "MANAGER",
    "source": "MANUAL",
    "visibility": "PRIVATE",
    "focusItems": [{"focusType": "SCORE", "focusId": "communication", "label": "Communication"}],
    "hierarchyIds": [AREA_ID],
    "groupIds": [GROUP_ID],
    "assignees": ["usr_lead02"],
    "assigneeStatuses": [
        {
            "assigneeId": "usr_lead02",
            "status": "IN_PROGRESS",
            "startedAt": "2026-05-05T08:30:00Z",
            "completedAt": None,
        }
    ],
    "status": "IN_PROGRESS",
    "completionPercent": 0,
    "dueDate": "2026-06-30",
    "overdue": False,
    "startedAt": "2026-05-05T08:30:00Z",
    "completedAt": None,
    "notesCount": 1,
    "createdBy": "usr_lead02",
    "createdAt": WRITTEN,
    "updatedAt": "2026-05-05T08:30:00Z",
}
PLAN: Body = {
    "id": PLAN_ID,
    "companyId": COMPANY_ID,
    "title": "Fidéliser les formateurs",
    "description": "Suite à l’enquête interne d’avril.",
    "visibility": "PRIVATE",
    "completionPercent": 0,
    "actions": [ACTION],
    "createdBy": "usr_lead02",
    "createdAt": WRITTEN,
    "updatedAt": WRITTEN,
}
NOTE: Body = {
    "id": NOTE_ID,
    "actionId": ACTION_ID,
    "text": "Première réunion tenue, sept présents.",
    "authorId": "usr_lead02",
    "edited": False,
    "createdAt": WRITTEN,
    "editedAt": None,
}
GROUP: Body = {"id": GROUP_ID, "name": "Formateurs"}
MANAGER: Body = {"id": "usr_lead02", "name": "Sophie Lambert", "role": "MANAGER"}
AREA: Body = {"id": AREA_ID, "name": "Siège", "children": []}
CREDENTIALS: Body = {"email": "lead@qualiforma.fr", "password": "qualiforma-demo"}
USER: Body = {**MANAGER, "email": "lead@qualiforma.fr"}
SESSION: Body = {
    "sessionId": "qfs.tnt_8f3b21.Zk3v0b1r9xJ2uY7c5wQd8sLhTnEaMgPo4iVfBqXyRz0",
    "expiresAt": "2026-05-12T22:00:00Z",
    "user": USER,
}
WHOAMI: Body = {"expiresAt": "2026-05-12T22:00:00Z", "user": USER}
