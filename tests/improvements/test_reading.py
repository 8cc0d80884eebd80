"""The page of a plan and of a complaint is read before it is edited."""

from datetime import timedelta

import pytest
from django.utils import timezone

from improvements.states import PlanStatus
from tests.cast import MONA
from tests.improvements.factories import make_action, make_complaint, make_plan
from tests.improvements.pages import page_of

pytestmark = pytest.mark.django_db
COMPLAINT = "/admin/improvements/complaint/{}/change/"


def read(admin_client, path):
    """What stands on the page before its fields, and the whole page."""
    page = admin_client.get(path).content.decode()
    begins = page.index("data-read>")
    return page[begins : page.index("</article>", begins)], page


def test_a_plan_says_what_it_is_who_and_what_is_late(acme, admin_client):
    today = timezone.localdate()
    plan = make_plan(
        title="Accueil à revoir",
        status=PlanStatus.IN_PROGRESS,
        owner_id=MONA.id,
        target_date=today - timedelta(days=2),
        description="Ligne une.\nLigne deux.",
    )
    make_action(plan, description="Rappeler", due_date=today - timedelta(days=5))
    make_action(plan, description="Plus tard", due_date=today + timedelta(days=5))
    shown, page = read(admin_client, page_of(plan))
    for part in (
        *("Accueil à revoir", "Mona Petit", "2 jours de retard", "Ligne une.<br>Ligne deux."),
        *("Ce qui est en retard", "Rappeler", "5 jours de retard", plan.reference),
    ):
        assert part in shown
    assert "Plus tard" not in shown
    assert page.index("data-read>") < page.index('name="title"')
    assert "Modifier" in page


def test_who_only_reads_is_offered_no_editing(acme, auditor_client):
    plan = make_plan(status=PlanStatus.COMPLETED)
    shown, page = read(auditor_client, page_of(plan))
    assert plan.title in shown
    assert "qf-edit-title" not in page


def test_a_complaint_says_from_whom_and_what_is_late(acme, admin_client):
    received = timezone.now() - timedelta(days=60)
    complaint = make_complaint(
        subject="Salle froide",
        description="Dix-sept degrés.",
        complainant_name="Mme Blanc",
        received_at=received,
        acknowledge_by=timezone.localdate(received) + timedelta(days=2),
        answer_by=timezone.localdate() - timedelta(days=1),
    )
    shown, page = read(admin_client, COMPLAINT.format(complaint.pk))
    for part in ("Salle froide", "Mme Blanc", "Dix-sept degrés.", "jours de retard"):
        assert part in shown
    assert page.index("data-read>") < page.index('name="subject"')


def test_queries_of_a_plan_do_not_grow_with_what_is_late(acme, admin_client, count_queries):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    day = timezone.localdate() - timedelta(days=1)
    make_action(plan, due_date=day)
    few = count_queries(lambda: admin_client.get(page_of(plan)))
    for _ in range(5):
        make_action(plan, due_date=day, owner_id=MONA.id)
    assert count_queries(lambda: admin_client.get(page_of(plan))) <= few
