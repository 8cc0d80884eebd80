"""What improvement plans contribute to the timeline of an enrollment: those that answer a complaint."""

from django.utils.translation import gettext_lazy as _

from qualiforma.timeline import EventType, Source, register

register(
    Source(
        EventType.IMPROVEMENT_PLAN_CREATED,
        # Once for each plan, however many of the enrollment's complaints it answers.
        """
        SELECT plan.created_at, plan.id, format(%(planned)s::text, plan.reference, plan.title),
            json_strip_nulls(json_build_object(
                'improvementPlanId', plan.id, 'reference', plan.reference, 'title', plan.title,
                'status', plan.status,
                'complaintIds', json_agg(complaint.id ORDER BY complaint.received_at, complaint.id),
                'owner', owner.email))
        FROM improvements_complaint AS complaint
        JOIN improvements_plancomplaint AS link ON link.complaint_id = complaint.id
        JOIN improvements_improvementplan AS plan ON plan.id = link.plan_id
        JOIN accounts_user AS owner ON owner.id = plan.owner_id
        WHERE complaint.enrollment_id = %(enrollment)s AND plan.deleted_at IS NULL
        GROUP BY plan.id, owner.id
        """,
        {"planned": _("Plan d’amélioration %s créé : %s")},
        record="improvements_improvementplan",
    )
)
