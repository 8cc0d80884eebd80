"""Companies, courses, enrollments, sessions and the proofs of attendance and learning.

What one column cannot hold stands in the migration `0002_rules`: a correction signs the same
half-day as what it replaces, a score lies within its questionnaire's maximum, certificates are
numbered without a gap, evidence never changes. Source: api-compliance, "Training records".
"""

from qualiforma.training.models.catalogue import Company, Course
from qualiforma.training.models.enrollments import Certificate, CertificateYear, Enrollment
from qualiforma.training.models.limits import (
    HOURS_MAX,
    MINUTES_MAX,
    OBJECTIVE_MAX,
    OBJECTIVES_MAX,
    PAYMENT_ID_MAX,
    SCORE_MAX,
    SEARCHED_COMPANIES,
    SEARCHED_COURSES,
    SKILL_MAX,
    SKILLS_MAX,
    SUMMARY_MAX,
    TITLE_MAX,
)
from qualiforma.training.models.questionnaires import Questionnaire, Submission
from qualiforma.training.models.sessions import Attendance, Signature, TrainingSession

__all__ = [
    "HOURS_MAX",
    "MINUTES_MAX",
    "OBJECTIVES_MAX",
    "OBJECTIVE_MAX",
    "PAYMENT_ID_MAX",
    "SCORE_MAX",
    "SEARCHED_COMPANIES",
    "SEARCHED_COURSES",
    "SKILLS_MAX",
    "SKILL_MAX",
    "SUMMARY_MAX",
    "TITLE_MAX",
    "Attendance",
    "Certificate",
    "CertificateYear",
    "Company",
    "Course",
    "Enrollment",
    "Questionnaire",
    "Signature",
    "Submission",
    "TrainingSession",
]
