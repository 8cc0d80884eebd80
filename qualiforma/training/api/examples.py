"""Bodies that the published contract shows; those that are sent can be sent to the demo."""

from typing import Any

Body = dict[str, Any]

COMPANY_INPUT: Body = {
    "name": "Atelier Kermarrec",
    "siret": "73282932000074",
    "contactEmail": "rh@atelier-kermarrec.example",
}
COMPANY_CHANGES: Body = {"contactEmail": "formation@atelier-kermarrec.example"}
COMPANY: Body = {
    "id": "cmp_abc123",
    **COMPANY_INPUT,
    "createdAt": "2026-03-02T09:00:00Z",
}
COURSE_INPUT: Body = {
    "title": "Excel – Prendre en main le tableur",
    "summary": "Deux jours pour passer de la feuille blanche à un tableau propre et juste.",
    "objectives": ["Créer et mettre en forme un tableau", "Écrire des formules simples"],
    "entryLevel": "BEGINNER",
    "level": "INTERMEDIATE",
    "durationHours": 14,
    "skills": ["Excel", "Tableur"],
    "active": True,
}
COURSE_CHANGES: Body = {"durationHours": 10.5, "active": False}
COURSE: Body = {"id": "crs_excel_init", **COURSE_INPUT, "createdAt": "2024-09-02T08:00:00Z"}
ENROLLMENT_INPUT: Body = {
    "courseId": "crs_powerbi",
    "userId": "usr_learner01",
    "companyId": "cmp_abc123",
    "paymentMethod": "FREE",
    "enrolledAt": "2026-04-01T10:00:00Z",
    "expiresAt": "2030-12-31T22:59:59Z",
}
ENROLLMENT_CHANGES: Body = {"status": "SUSPENDED"}
ENROLLMENT: Body = {
    "id": "enr_abc123",
    **ENROLLMENT_INPUT,
    "status": "ACTIVE",
    "paymentId": None,
    "completedAt": None,
    "createdBy": "usr_admin01",
    "createdAt": "2026-04-01T10:00:00Z",
}
ENROLLMENT_SUSPENDED: Body = {**ENROLLMENT, **ENROLLMENT_CHANGES}
CERTIFICATE_INPUT: Body = {}
CERTIFICATE: Body = {
    "id": "crt_abc123",
    "enrollmentId": "enr_abc123",
    "number": "2026-0001",
    "issuedAt": "2026-04-23T08:00:00Z",
    "issuedBy": "usr_admin01",
}
SESSION_INPUT: Body = {
    "courseId": "crs_excel_init",
    "title": "Jour 1 – Premiers tableaux",
    "startsAt": "2027-03-15T08:00:00Z",
    "endsAt": "2027-03-15T16:00:00Z",
    "mode": "ONSITE",
    "trainerId": "usr_trainer01",
}
SESSION_CHANGES: Body = {"mode": "REMOTE"}
SESSION: Body = {"id": "ses_excel_1", **SESSION_INPUT, "createdAt": "2027-01-11T09:00:00Z"}
ATTENDANCE_INPUT: Body = {"attended": True, "minutes": 405}
ATTENDANCE: Body = {
    "sessionId": "ses_excel_1",
    "enrollmentId": "enr_abc123",
    "attended": True,
    "attendedAt": "2026-04-20T07:00:00Z",
    "minutes": 405,
}
SIGNATURE_INPUT: Body = {
    "enrollmentId": "enr_sst_half",
    "halfDay": "PM",
    "method": "LINK",
    "signedAt": "2026-06-15T11:35:00Z",
    "evidenceSha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}
SIGNATURE: Body = {
    "id": "sig_8f3b21",
    "sessionId": "ses_sst_1",
    **SIGNATURE_INPUT,
    "replaces": None,
    "replacedBy": None,
    "createdAt": "2026-06-15T11:35:00Z",
}
QUESTIONNAIRE_INPUT: Body = {
    "title": "Positionnement avant Excel",
    "kind": "PRE",
    "courseId": "crs_excel_init",
    "maxScore": 20,
}
QUESTIONNAIRE_CHANGES: Body = {"title": "Positionnement avant la formation Excel"}
QUESTIONNAIRE: Body = {
    "id": "qst_pre_excel",
    **QUESTIONNAIRE_INPUT,
    "createdAt": "2024-09-02T08:00:00Z",
}
SUBMISSION_INPUT: Body = {
    "enrollmentId": "enr_abc123",
    "respondentRole": "LEARNER",
    "score": 8,
    "submittedAt": "2026-04-24T09:00:00Z",
    "answers": {"rythme": "adapté", "aRecommander": True, "note": 4},
}
SUBMISSION: Body = {
    "id": "sub_8f3b21",
    "questionnaireId": "qst_satisfaction",
    **SUBMISSION_INPUT,
    "maxScore": 10,
    "createdAt": "2026-04-24T09:00:00Z",
}
