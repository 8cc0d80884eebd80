"""What improvement plans contribute to the timeline of an enrollment: those that answer a complaint."""

from django.utils.translation import gettext_lazy as _

from improvements.states import Verdict
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
register(
    Source(
        EventType.EFFECTIVENESS_CHECKED,
        """
        SELECT effect.created_at, effect.id,
            format(%(checked)s::text, plan.reference, CASE effect.verdict
                WHEN 'EFFECTIVE' THEN %(effective)s::text WHEN 'PARTLY' THEN %(partly)s::text
                ELSE %(not_effective)s::text END),
            json_strip_nulls(json_build_object(
                'improvementPlanId', plan.id, 'reference', plan.reference, 'title', plan.title,
                'effectivenessCheckId', effect.id, 'verdict', effect.verdict,
                'verifiedOn', effect.verified_on, 'verifiedBy', verifier.email,
                'successorId', effect.successor_id))
        FROM improvements_effectivenesscheck AS effect
        JOIN improvements_improvementplan AS plan ON plan.id = effect.plan_id
        JOIN accounts_user AS verifier ON verifier.id = effect.verified_by_id
        WHERE effect.plan_id IN (
            SELECT link.plan_id FROM improvements_plancomplaint AS link
            JOIN improvements_complaint AS complaint ON complaint.id = link.complaint_id
            WHERE complaint.enrollment_id = %(enrollment)s)
        """,
        {
            "checked": _("Efficacité du plan %s vérifiée : %s"),
            "effective": Verdict.EFFECTIVE.label,
            "partly": Verdict.PARTLY.label,
            "not_effective": Verdict.NOT_EFFECTIVE.label,
        },
        record="improvements_improvementplan",
    )
)
