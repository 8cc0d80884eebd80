"""The training records' rows of the route table."""

from typing import Any

from tests.cast import MONA, TOM
from tests.rows import Row

# The staff reads training records, ADMIN, MANAGER and TRAINER change them.
READ = (401, 200, 200, 200, 403, 200)
MADE = (401, 201, 201, 201, 403, 403)
CHANGED = (401, 200, 200, 200, 403, 403)
SESSION = {
    "courseId": "crs_routes",
    "title": "Jour 2",
    "startsAt": "2026-03-03T08:00:00Z",
    "endsAt": "2026-03-03T16:00:00Z",
    "mode": "REMOTE",
    "trainerId": TOM.id,
}
SIGNATURE = {
    "enrollmentId": "enr_routes",
    "halfDay": "PM",
    "method": "PAPER",
    "signedAt": "2026-03-02T13:00:00Z",
}
COURSE = {"title": "Anglais", "level": "ADVANCED", "durationHours": 30}
QUESTIONNAIRE = {"title": "À chaud", "kind": "SATISFACTION", "maxScore": 10}


def records(name: str, path: str, codes: tuple[int, ...], elsewhere: int, **more: Any) -> Row:
    method = more.pop("method", "GET")
    return Row(method, name, f"/api/v1/{path}", (*codes, elsewhere), records=True, **more)


TRAINING_ROWS = [
    records("company-list", "companies", READ, 200),
    records("company-list", "companies", MADE, 201, method="POST", body={"name": "Anjou"}),
    records("company-detail", "companies/cmp_routes", READ, 404),
    records(
        "company-detail",
        "companies/cmp_routes",
        CHANGED,
        404,
        method="PATCH",
        body={"name": "Anjou Bois"},
    ),
    records("course-list", "courses", READ, 200),
    records("course-list", "courses", MADE, 201, method="POST", body=COURSE),
    records("course-detail", "courses/crs_routes", READ, 404),
    records(
        "course-detail", "courses/crs_routes", CHANGED, 404, method="PATCH", body={"active": False}
    ),
    records("enrollment-list", "enrollments", READ, 200),
    records(
        "enrollment-list",
        "enrollments",
        MADE,
        400,
        method="POST",
        body={"courseId": "crs_routes", "userId": MONA.id},
    ),
    records("enrollment-detail", "enrollments/enr_routes", READ, 404),
    records(
        "enrollment-detail",
        "enrollments/enr_routes",
        CHANGED,
        404,
        method="PATCH",
        body={"status": "COMPLETED"},
    ),
    records("certificate", "enrollments/enr_certified/certificate", READ, 404),
    records("certificate", "enrollments/enr_done/certificate", MADE, 404, method="POST", body={}),
    records("session-list", "sessions", READ, 200),
    records("session-list", "sessions", MADE, 400, method="POST", body=SESSION),
    records("session-detail", "sessions/ses_routes", READ, 404),
    records(
        "session-detail", "sessions/ses_routes", CHANGED, 404, method="PATCH", body={"title": "J1"}
    ),
    records("attendance-list", "sessions/ses_routes/attendances", READ, 404),
    records(
        "attendance-detail",
        "sessions/ses_routes/attendances/enr_routes",
        CHANGED,
        404,
        method="PUT",
        body={"attended": False},
    ),
    records("signature-list", "sessions/ses_routes/signatures", READ, 404),
    records(
        "signature-list",
        "sessions/ses_routes/signatures",
        MADE,
        404,
        method="POST",
        body=SIGNATURE,
    ),
    records("questionnaire-list", "questionnaires", READ, 200),
    records("questionnaire-list", "questionnaires", MADE, 201, method="POST", body=QUESTIONNAIRE),
    records("questionnaire-detail", "questionnaires/qst_routes", READ, 404),
    records(
        "questionnaire-detail",
        "questionnaires/qst_routes",
        CHANGED,
        404,
        method="PATCH",
        body={"title": "Avant"},
    ),
    records("submission-list", "questionnaires/qst_routes/submissions", READ, 404),
    records(
        "submission-list",
        "questionnaires/qst_routes/submissions",
        MADE,
        404,
        method="POST",
        body={"enrollmentId": "enr_routes", "respondentRole": "LEARNER", "score": 15.5},
    ),
]
