"""Services: every write to training records.

Each service names its action, which locks the tenant's trail; then it locks the record whose
version counts: the session for attendances and signatures, the questionnaire for submissions, the
enrollment for its certificate. `seen` holds the versions the caller accepts to change (If-Match);
None means whatever it is. Source: api-compliance, "Training records".
"""

from qualiforma.training.services.attendances import record_attendance
from qualiforma.training.services.certificates import issue_certificate
from qualiforma.training.services.companies import change_company, create_company
from qualiforma.training.services.courses import change_course, create_course
from qualiforma.training.services.enrollments import change_enrollment, create_enrollment
from qualiforma.training.services.inputs import (
    AttendanceDraft,
    CertificateDraft,
    CompanyDraft,
    CourseDraft,
    EnrollmentDraft,
    QuestionnaireDraft,
    SessionDraft,
    SignatureDraft,
    SubmissionDraft,
)
from qualiforma.training.services.questionnaires import change_questionnaire, create_questionnaire
from qualiforma.training.services.sessions import change_session, create_session
from qualiforma.training.services.signatures import record_signature
from qualiforma.training.services.submissions import record_submission

__all__ = [
    "AttendanceDraft",
    "CertificateDraft",
    "CompanyDraft",
    "CourseDraft",
    "EnrollmentDraft",
    "QuestionnaireDraft",
    "SessionDraft",
    "SignatureDraft",
    "SubmissionDraft",
    "change_company",
    "change_course",
    "change_enrollment",
    "change_questionnaire",
    "change_session",
    "create_company",
    "create_course",
    "create_enrollment",
    "create_questionnaire",
    "create_session",
    "issue_certificate",
    "record_attendance",
    "record_signature",
    "record_submission",
]
