"""The timeline of a training file: what this app contributes to it, and what is missing from it.

Found by its name when the apps are ready (see `qualiforma.timeline`). Source: public API, GET
/paf/enrollments/:id/timeline; api-compliance, "PAF timeline".
"""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from compliance.timeline.files import Timeline, read_file
from compliance.timeline.gaps import Gap, find_gaps
from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import Subject
from qualiforma.timeline import EventType, Source, register

__all__ = ["Gap", "Timeline", "find_gaps", "read_file"]

register(
    Source(
        EventType.NEEDS_ANALYSIS_COMPLETED,
        """
        SELECT analysis.completed_at, analysis.id,
            format(%(analysed)s::text, analysis.target_level),
            json_strip_nulls(json_build_object(
                'needsAnalysisId', analysis.id, 'currentLevel', analysis.current_level,
                'targetLevel', analysis.target_level, 'companyId', analysis.company_id,
                'fundingSource', nullif(analysis.funding_source, ''), 'author', author.email))
        FROM compliance_needsanalysis AS analysis
        LEFT JOIN accounts_user AS author ON author.id = analysis.created_by_id
        WHERE analysis.enrollment_id = %(enrollment)s AND analysis.completed_at IS NOT NULL
        """,
        {"analysed": _("Analyse des besoins validée — niveau cible : %s")},
        record="compliance_needsanalysis",
    )
)
# Confidential evidence is left out: a timeline is read by people who may not know what it is about.
register(
    Source(
        EventType.INFORMATION_SENT,
        """
        SELECT sent.document_date::timestamp AT TIME ZONE %(sent_zone)s::text, sent.id,
            format(%(sent)s::text, sent.title),
            json_build_object('evidenceId', sent.id, 'documentDate', sent.document_date,
                'author', sent.author)
        FROM compliance_evidence AS sent
        WHERE sent.record_type = 'ENROLLMENT' AND sent.record_id = %(enrollment)s
            AND sent.indicators @> ARRAY[%(sent_indicator)s::int]::smallint[]
            AND sent.status = 'ACTIVE' AND (sent.kind <> 'FILE' OR sent.file_count > 0)
            AND NOT sent.confidential
        """,
        {
            "sent": _("Information envoyée : %s"),
            "sent_zone": settings.TIME_ZONE,
            "sent_indicator": str(NUMBERS[Subject.INFORMATION]),
        },
        record="compliance_evidence",
        by_day=True,
    )
)
