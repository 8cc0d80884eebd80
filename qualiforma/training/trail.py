"""How training records stand in the audit trail."""

from qualiforma.audit import leave_out, register
from qualiforma.training.models import (
    Attendance,
    Certificate,
    CertificateYear,
    Company,
    Course,
    Enrollment,
    Questionnaire,
    Signature,
    Submission,
    TrainingSession,
)

register(Company, "company", skipped=["version"])
register(Course, "course", skipped=["version"])
register(Enrollment, "enrollment", skipped=["version"])
register(TrainingSession, "training_session", skipped=["version"])
register(Attendance, "attendance", root="enrollment")
register(Signature, "signature", root="enrollment")
register(Questionnaire, "questionnaire", skipped=["version"])
# What people answer may say anything of them; the trail keeps that they did.
register(Submission, "submission", root="questionnaire", sensitive=["answers"])
register(Certificate, "certificate", root="enrollment")
leave_out(CertificateYear, because="a counter; each certificate that it numbers is an entry")
