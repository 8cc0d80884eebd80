"""What training records contribute to the timeline of an enrollment."""

from django.utils.translation import gettext_lazy as _

from qualiforma.timeline import EventType, Source, figure, register

INSTANT = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
# When a session took place, beside what somebody did in it.
SESSION = f"""
    'sessionId', session.id, 'title', session.title,
    'startsAt', {INSTANT.format("session.starts_at")},
    'endsAt', {INSTANT.format("session.ends_at")}
"""

register(
    Source(
        EventType.ENROLLMENT_CREATED,
        """
        SELECT enrollment.enrolled_at, enrollment.id,
            CASE WHEN author.id IS NULL THEN %(enrolled)s::text
                ELSE format(%(enrolled_by)s::text, author.email) END,
            json_strip_nulls(json_build_object(
                'enrollmentId', enrollment.id, 'courseId', enrollment.course_id,
                'courseTitle', course.title, 'companyId', enrollment.company_id,
                'author', author.email, 'createdBy', author.id))
        FROM training_enrollment AS enrollment
        JOIN training_course AS course ON course.id = enrollment.course_id
        LEFT JOIN accounts_user AS author ON author.id = enrollment.created_by_id
        WHERE enrollment.id = %(enrollment)s
        """,
        {"enrolled": _("Inscription créée"), "enrolled_by": _("Inscription créée par %s")},
        record="training_enrollment",
    )
)


def _submissions(kind: str, plain: str, scored: str) -> str:
    """Return the select of one kind of questionnaire; a score stands with its maximum."""
    return f"""
        SELECT submission.submitted_at, submission.id,
            CASE WHEN submission.score IS NULL THEN %({plain})s::text
                ELSE format(%({scored})s::text,
                    {figure("submission.score")} || '/' || {figure("submission.max_score")}) END,
            json_strip_nulls(json_build_object(
                'submissionId', submission.id, 'questionnaireId', submission.questionnaire_id,
                'questionnaireTitle', questionnaire.title, 'score', trim_scale(submission.score),
                'maxScore', trim_scale(submission.max_score),
                'respondentRole', submission.respondent_role))
        FROM training_submission AS submission
        JOIN training_questionnaire AS questionnaire
            ON questionnaire.id = submission.questionnaire_id AND questionnaire.kind = '{kind}'
        WHERE submission.enrollment_id = %(enrollment)s
    """  # noqa: S608 - both are constants of this module


register(
    Source(
        EventType.PRE_QUESTIONNAIRE_COMPLETED,
        _submissions("PRE", "pre_done", "pre_scored"),
        {
            "pre_done": _("Questionnaire pré-formation rempli"),
            "pre_scored": _("Questionnaire pré-formation rempli (score %s)"),
        },
        record="training_submission",
    )
)
register(
    Source(
        EventType.POST_QUESTIONNAIRE_COMPLETED,
        _submissions("POST", "post_done", "post_scored"),
        {
            "post_done": _("Questionnaire post-formation rempli"),
            "post_scored": _("Questionnaire post-formation rempli (score %s)"),
        },
        record="training_submission",
    )
)
register(
    Source(
        EventType.SESSION_ATTENDED,
        f"""
        SELECT attendance.attended_at, attendance.id, format(%(attended)s::text, session.title),
            json_strip_nulls(json_build_object(
                'attendanceId', attendance.id, {SESSION}, 'mode', session.mode,
                'minutes', attendance.minutes, 'author', trainer.email))
        FROM training_attendance AS attendance
        JOIN training_trainingsession AS session ON session.id = attendance.session_id
        JOIN accounts_user AS trainer ON trainer.id = session.trainer_id
        WHERE attendance.enrollment_id = %(enrollment)s AND attendance.attended
        """,  # noqa: S608 - a constant of this module
        {"attended": _("Session suivie : %s")},
        record="training_attendance",
    )
)
register(
    Source(
        EventType.EMARGEMENT_SIGNED,
        # Of a signature and its corrections, the last one counts.
        f"""
        SELECT signature.signed_at, signature.id,
            format(CASE signature.half_day WHEN 'AM' THEN %(signed_am)s::text
                ELSE %(signed_pm)s::text END, session.title),
            json_strip_nulls(json_build_object(
                'signatureId', signature.id, {SESSION}, 'halfDay', signature.half_day,
                'method', signature.method,
                'evidenceSha256', nullif(signature.evidence_sha256, ''),
                'replaces', signature.replaces_id))
        FROM training_signature AS signature
        JOIN training_trainingsession AS session ON session.id = signature.session_id
        LEFT JOIN training_signature AS later ON later.replaces_id = signature.id
        WHERE signature.enrollment_id = %(enrollment)s AND later.id IS NULL
        """,  # noqa: S608 - a constant of this module
        {
            "signed_am": _("Émargement du matin signé : %s"),
            "signed_pm": _("Émargement de l’après-midi signé : %s"),
        },
        record="training_signature",
    )
)
register(
    Source(
        EventType.CERTIFICATE_ISSUED,
        """
        SELECT certificate.issued_at, certificate.id,
            format(%(certified)s::text,
                certificate.year || '-' || lpad(certificate.rank::text, greatest(4, length(certificate.rank::text)), '0')),
            json_strip_nulls(json_build_object(
                'certificateId', certificate.id,
                'number', certificate.year || '-' || lpad(certificate.rank::text, greatest(4, length(certificate.rank::text)), '0'),
                'author', author.email))
        FROM training_certificate AS certificate
        LEFT JOIN accounts_user AS author ON author.id = certificate.issued_by_id
        WHERE certificate.enrollment_id = %(enrollment)s
        """,
        {"certified": _("Attestation %s délivrée")},
        record="training_certificate",
    )
)
