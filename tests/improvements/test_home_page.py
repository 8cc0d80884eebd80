"""The first page under `/admin/`: what waits, and the figures, each readable as a table."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.admin.utils import quote
from django.utils import timezone

from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.states import ActionStatus, PlanStatus, Trigger
from improvements.stats import monthly_stats
from tests.cast import ALICE
from tests.improvements.factories import make_action, make_complaint, make_plan
from tests.staff import text_of

HOME = "/admin/"


def test_what_waits_is_named(desk):
    today = timezone.localdate()
    make_plan(title="Trop tard", target_date=today - timedelta(days=1))
    make_plan(title="Bientôt", target_date=today + timedelta(days=7))
    make_plan(title="Lointain", target_date=today + timedelta(days=8))
    ready = make_plan(title="Fini", status=PlanStatus.IN_PROGRESS, target_date=date(2099, 1, 1))
    make_action(ready, status=ActionStatus.DONE)
    make_complaint(subject="Sans réponse encore")
    text = text_of(desk.get(HOME))
    lists = {
        "Plans en retard 1": "Trop tard",
        "Plans à échéance sous sept jours 1": "Bientôt",
        "Plans prêts à clôturer 1": "Fini",
        "Réclamations sans réponse 1": "Sans réponse encore",
    }
    for head, row in lists.items():
        assert row in text.split(head)[-1][:40]
    assert "Lointain" not in text


def test_actions_that_wait_are_named(desk):
    today = timezone.localdate()
    far = {"target_date": today + timedelta(days=90), "status": PlanStatus.IN_PROGRESS}
    plan = make_plan(
        [
            {"description": "Rappeler", "due_date": today - timedelta(days=3)},
            {"description": "Écrire", "due_date": today + timedelta(days=2)},
            {"description": "Plus tard", "due_date": today + timedelta(days=20)},
            {"description": "Faite", "due_date": today, "status": ActionStatus.DONE},
        ],
        **far,
    )
    page = desk.get(HOME)
    text = text_of(page)
    assert "Rappeler" in text.split("Actions en retard 1")[-1][:40]
    assert "Écrire" in text.split("Actions à échéance sous sept jours 1")[-1][:40]
    assert "Plus tard" not in text
    assert "Faite" not in text
    assert quote(plan.pk) in page.content.decode()


@pytest.mark.parametrize("with_action", [False, True])
def test_a_plan_with_work_left_or_none_at_all_is_not_ready(acme, with_action):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    if with_action:
        make_action(plan, status=ActionStatus.DONE)
        make_action(plan)
    assert not ImprovementPlan.objects.all().ready_to_close().exists()


def test_an_auditor_sees_it_too(audit_desk):
    make_plan(title="À voir", target_date=date(2020, 1, 1))
    assert "À voir" in text_of(audit_desk.get(HOME))


def at(year, month, day, hour, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_months_are_those_of_paris_and_none_is_left_out(acme):
    make_plan(created_at=at(2026, 8, 31, 22, 30), trigger=Trigger.AUDIT)  # September in Paris
    make_plan(created_at=at(2026, 9, 30, 12), status=PlanStatus.COMPLETED)
    make_plan(created_at=at(2026, 11, 1, 12), status=PlanStatus.ARCHIVED)
    make_plan(created_at=at(2026, 7, 1, 12))  # before the first month asked for
    found = monthly_stats(ImprovementPlan.objects.all(), until=date(2026, 11, 21), months=4)
    assert [one.first_day.month for one in found] == [8, 9, 10, 11]
    assert sum(found[0].by_state.values()) == sum(found[2].by_state.values()) == 0
    assert found[1].by_state == {"DRAFT": 1, "IN_PROGRESS": 0, "COMPLETED": 1, "ABANDONED": 0}
    assert found[1].by_trigger["AUDIT"] == found[1].by_trigger["FEEDBACK"] == 1
    assert found[3].by_state["ABANDONED"] == 1
    assert sum(found[3].by_trigger.values()) == 0
    assert [one.completion_rate for one in found] == [None, 0.5, None, None]


def test_months_say_how_long_their_plans_took(acme):
    """In days of Paris, half-up; what is open or given up takes no part."""
    for day, hour in ((10, 12), (13, 22)):  # the 14th in Paris
        make_plan(
            created_at=at(2026, 9, 1, 12),
            status=PlanStatus.COMPLETED,
            closed_at=at(2026, 9, day, hour),
        )
    make_plan(created_at=at(2026, 10, 1, 12))
    found = monthly_stats(ImprovementPlan.objects.all(), until=date(2026, 10, 21), months=2)
    assert [one.average_duration_days for one in found] == [11, None]


@time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False)
def test_each_chart_is_a_table_too(desk):
    make_plan(created_at=at(2026, 9, 15, 12), trigger=Trigger.AUDIT)
    text = text_of(desk.get(HOME))
    assert "Mois Brouillon En cours Clôturé Abandonné 12/2025 0 0 0 0" in text
    assert "09/2026 1 0 0 0" in text
    assert "09/2026 0 1 0 0" in text
    assert "Mois Plans clôturés (%) 12/2025 –" in text
    assert "09/2026 0 10/2026 –" in text
    assert "Mois Jours, de la création à la clôture 12/2025 –" in text


def test_it_costs_the_same_for_20_and_2000_plans(desk, count_queries):
    def fill(count):
        plans = ImprovementPlan.objects.bulk_create(
            ImprovementPlan(
                title=f"Plan {rank}",
                trigger=Trigger.AUDIT,
                status=PlanStatus.IN_PROGRESS,
                owner_id=ALICE.id,
                target_date=date(2020 + rank % 10, 12, 31),
            )
            for rank in range(count)
        )
        CorrectiveAction.objects.bulk_create(
            CorrectiveAction(plan=plan, description="x", owner_id=ALICE.id) for plan in plans
        )

    fill(20)
    desk.get(HOME)
    few = count_queries(lambda: desk.get(HOME))
    fill(1980)
    desk.get(HOME)  # whatever is remembered for half a minute
    assert count_queries(lambda: desk.get(HOME)) == few
