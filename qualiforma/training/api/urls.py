from typing import Any

from django.urls import path

from qualiforma.training.api.companies import CompanyViewSet
from qualiforma.training.api.courses import CourseViewSet
from qualiforma.training.api.enrollments import CertificateViewSet, EnrollmentViewSet
from qualiforma.training.api.evidence import AttendanceViewSet, SignatureViewSet
from qualiforma.training.api.questionnaires import QuestionnaireViewSet, SubmissionViewSet
from qualiforma.training.api.sessions import SessionViewSet

ALL: dict[str, Any] = {"get": "list", "post": "create"}
ONE: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}

urlpatterns = [
    path("companies", CompanyViewSet.as_view(ALL), name="company-list"),
    path("companies/<id:company_id>", CompanyViewSet.as_view(ONE), name="company-detail"),
    path("courses", CourseViewSet.as_view(ALL), name="course-list"),
    path("courses/<id:course_id>", CourseViewSet.as_view(ONE), name="course-detail"),
    path("enrollments", EnrollmentViewSet.as_view(ALL), name="enrollment-list"),
    path(
        "enrollments/<id:enrollment_id>", EnrollmentViewSet.as_view(ONE), name="enrollment-detail"
    ),
    path(
        "enrollments/<id:enrollment_id>/certificate",
        CertificateViewSet.as_view({"get": "retrieve", "post": "create"}),
        name="certificate",
    ),
    path("sessions", SessionViewSet.as_view(ALL), name="session-list"),
    path("sessions/<id:session_id>", SessionViewSet.as_view(ONE), name="session-detail"),
    path(
        "sessions/<id:session_id>/attendances",
        AttendanceViewSet.as_view({"get": "list"}),
        name="attendance-list",
    ),
    path(
        "sessions/<id:session_id>/attendances/<id:enrollment_id>",
        AttendanceViewSet.as_view({"put": "update"}),
        name="attendance-detail",
    ),
    path(
        "sessions/<id:session_id>/signatures",
        SignatureViewSet.as_view(ALL),
        name="signature-list",
    ),
    path("questionnaires", QuestionnaireViewSet.as_view(ALL), name="questionnaire-list"),
    path(
        "questionnaires/<id:questionnaire_id>",
        QuestionnaireViewSet.as_view(ONE),
        name="questionnaire-detail",
    ),
    path(
        "questionnaires/<id:questionnaire_id>/submissions",
        SubmissionViewSet.as_view(ALL),
        name="submission-list",
    ),
]
