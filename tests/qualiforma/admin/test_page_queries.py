"""A page of the back-office makes fewer than twenty statements, as many for many rows as for few."""

from datetime import timedelta
from itertools import count

import pytest
from django.contrib.admin.utils import quote
from django.utils import timezone

from improvements.models import CorrectiveAction, ImprovementPlan, PlanComplaint
from improvements.states import PlanStatus, Trigger
from qualiforma.accounts.models import User
from tests.cast import ALICE
from tests.improvements.factories import (
    make_attachment,
    make_complaint,
    make_complaint_file,
    make_plan,
    make_risk,
)

MOST = 19
TODAY = timezone.localdate()
RECORDS = {
    "improvements/improvementplan/": "imp_read",
    "improvements/complaint/": "cmp_read",
    "improvements/risk/": "rsk_read",
}
LISTS = (
    *("improvements/improvementplan/", "improvements/correctiveaction/", "improvements/complaint/"),
    *("improvements/correctiveaction/?group=person", "improvements/correctiveaction/?group=week"),
    *("improvements/complainttheme/", "improvements/risk/", "improvements/riskreview/"),
    *("actionplans/actionplan/", "actionplans/action/", "actionplans/action/board/"),
    *("compliance/evidence/", "compliance/audit/", "compliance/finding/"),
    *("compliance/needsanalysis/", "compliance/adaptivepath/", "audit/auditevent/"),
    *("training/enrollment/", "training/course/", "training/company/", "training/certificate/"),
    *("training/trainingsession/", "training/questionnaire/", "accounts/user/"),
)
PAGES = (
    *("", "me/", "find/?q=retard", "calendars/", "webhooks/", "samples/"),
    *LISTS,
    *("compliance/readiness/", "compliance/organisation/", "improvements/risk/matrix/"),
    *(f"{one}add/" for one in RECORDS),
    *(f"{one}{quote(key)}/change/" for one, key in RECORDS.items()),
    *(f"{one}{quote(key)}/history/" for one, key in RECORDS.items()),
    *(f"improvements/improvementplan/imp_5Fread/move/{name}/" for name in ("close", "give-up")),
)
numbers = count()


def fill(plan, complaint, size):
    """Add people, and late work of theirs, to the records that are read and to others."""
    people = User.objects.bulk_create(
        User(email=f"p{rank}@acme.fr", name=f"Personne {rank}", role="MANAGER", password="!")
        for rank in (next(numbers) for _ in range(size))
    )
    plans = ImprovementPlan.objects.bulk_create(
        ImprovementPlan(
            title="Réduire le retard",
            trigger=Trigger.AUDIT,
            status=PlanStatus.IN_PROGRESS,
            started_at=timezone.now(),
            owner=person,
            target_date=TODAY - timedelta(days=rank),
        )
        for rank, person in enumerate(people)
    )
    CorrectiveAction.objects.bulk_create(
        CorrectiveAction(
            plan=one, description="x", owner=owner.owner, due_date=owner.target_date, position=rank
        )
        for rank, owner in enumerate(plans)
        for one in (owner, plan)
    )
    for rank in range(size):
        linked = make_complaint(subject="Retard")
        PlanComplaint.objects.create(plan=plan, complaint=linked, position=next(numbers))
        make_attachment(plan)
        make_complaint_file(complaint)
        make_risk(title=f"Risque {rank}")


@pytest.fixture
def records(acme):
    plan = make_plan(
        [{"description": "a"}],
        id="imp_read",
        status=PlanStatus.IN_PROGRESS,
        started_at=timezone.now(),
        owner_id=ALICE.id,
    )
    make_risk(id="rsk_read")
    complaint = make_complaint(id="cmp_read")
    fill(plan, complaint, 2)
    return plan, complaint


def test_pages_make_few_statements_and_no_more_for_many_rows(admin_client, records, count_queries):
    found: dict[str, list[int]] = {}
    plan, complaint = records
    for size in (0, 12):
        fill(plan, complaint, size)
        for page in PAGES:
            path = f"/admin/{page}"
            admin_client.get(path)  # what is found once per process is there by then
            found.setdefault(page, []).append(
                count_queries(lambda path=path: admin_client.get(path))
            )
    assert {page: one for page, one in found.items() if max(one) > MOST} == {}
    assert {page: one for page, one in found.items() if one[0] != one[1]} == {}
