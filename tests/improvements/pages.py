"""Forms of the pages under `/admin/`, as those pages hold them."""

from django.contrib.admin.utils import quote

from improvements.models import CorrectiveAction, ImprovementPlan

LIST = "/admin/improvements/improvementplan/"


def page_of(plan) -> str:
    return f"{LIST}{quote(plan.pk)}/change/"


def fields_of(plan, **overrides):
    """The form as the page of this plan holds it."""
    values = {
        "title": plan.title,
        "description": plan.description,
        "trigger": plan.trigger,
        "owner": plan.owner_id,
        "target_date": plan.target_date.isoformat(),
        "indicators": ",".join(map(str, plan.indicators)),
        "linked_complaint_ids": [one.pk for one in plan.linked_complaints],
        "root_cause": plan.root_cause,
        "cause_method": plan.cause_method,
        "expected_version": str(plan.version),
    }
    return values | rows_of(plan) | results_of(plan) | overrides


def results_of(plan):
    results = list(plan.expected_results.all())
    count, prefix = str(len(results)), "expected_results"
    rows = {f"{prefix}-TOTAL_FORMS": count, f"{prefix}-INITIAL_FORMS": count}
    for rank, one in enumerate(results):
        rows |= {
            f"{prefix}-{rank}-id": one.pk,
            f"{prefix}-{rank}-plan": plan.pk,
            f"{prefix}-{rank}-name": one.name,
            f"{prefix}-{rank}-unit": one.unit,
            f"{prefix}-{rank}-baseline": "" if one.baseline is None else str(one.baseline),
            f"{prefix}-{rank}-target": str(one.target),
            f"{prefix}-{rank}-direction": one.direction,
            f"{prefix}-{rank}-measured_value": one.measured_value or "",
            f"{prefix}-{rank}-measured_on": one.measured_on or "",
            f"{prefix}-{rank}-not_measurable_until": one.not_measurable_until or "",
        }
    return rows


def rows_of(plan):
    actions = list(plan.actions.all())
    rows = {"actions-TOTAL_FORMS": str(len(actions)), "actions-INITIAL_FORMS": str(len(actions))}
    for rank, action in enumerate(actions):
        rows |= {
            f"actions-{rank}-id": action.pk,
            f"actions-{rank}-plan": plan.pk,
            f"actions-{rank}-description": action.description,
            f"actions-{rank}-kind": action.kind,
            f"actions-{rank}-reason": action.reason,
            f"actions-{rank}-status": action.status,
            f"actions-{rank}-owner_id": action.owner_id,
            f"actions-{rank}-due_date": action.due_date or "",
        }
    return rows


def state():
    plans = ImprovementPlan.objects.order_by("pk").values()
    return list(plans), list(CorrectiveAction.objects.order_by("pk").values())


def bulk(admin_client, action, plans, **more):
    body = {"action": action, "_selected_action": [plan.pk for plan in plans], **more}
    return admin_client.send(LIST, body, follow=True)
