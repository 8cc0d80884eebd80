"""The first page under `/admin/`: what waits, and the figures, each readable as a table."""

from datetime import UTC, date, datetime, timedelta
from unittest import mock

import pytest
import time_machine
from django import urls
from django.contrib.admin.utils import quote
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from improvements import trends
from improvements.admin import home
from improvements.models import Complaint, CorrectiveAction, ImprovementPlan
from improvements.states import ActionStatus, PlanStatus, Trigger
from qualiforma.admin import todo
from tests.admin_client import text_of
from tests.cast import ALICE, MONA
from tests.improvements.factories import make_action, make_complaint, make_plan

HOME = "/admin/"


def test_what_is_late_and_what_is_due_is_named_with_its_days(admin_client):
    today = timezone.localdate()
    make_plan(title="Trop tard", target_date=today - timedelta(days=1))
    make_plan(title="Bientôt", target_date=today + timedelta(days=7))
    make_plan(title="Lointain", target_date=today + timedelta(days=8))
    plan = make_plan(
        [
            {"description": "Rappeler", "due_date": today - timedelta(days=3)},
            {"description": "Écrire", "due_date": today + timedelta(days=2)},
            {"description": "Plus tard", "due_date": today + timedelta(days=20)},
            {"description": "Faite", "due_date": today, "status": ActionStatus.DONE},
        ],
        target_date=today + timedelta(days=90),
        status=PlanStatus.IN_PROGRESS,
    )
    page = admin_client.get(HOME)
    text = text_of(page)
    late = text.split("En retard 2")[1].split("Cette semaine 2")[0]
    assert "Rappeler 3 jours de retard Action – " in late
    assert late.index("Rappeler") < late.index("Trop tard 1 jour de retard")
    soon = text.split("Cette semaine 2")[1].split("Pour moi")[0]
    assert soon.index("Écrire") < soon.index("Bientôt")
    for absent in ("Lointain", "Plus tard", "Faite"):
        assert absent not in text
    assert quote(plan.pk) in page.content.decode()


def test_what_waits_for_somebody_is_named(admin_client):
    ready = make_plan(title="Fini", status=PlanStatus.IN_PROGRESS, target_date=date(2099, 1, 1))
    make_action(ready, status=ActionStatus.DONE)
    received = timezone.now() - timedelta(days=4)
    make_complaint(subject="Sans réponse encore", received_at=received)
    text = text_of(admin_client.get(HOME))
    assert "Fini" in text.split("Plans prêts à clôturer 1")[1][:40]
    assert "Sans réponse encore depuis 4 jours" in text.split("Réclamations sans réponse 1")[1][:60]


def test_a_register_with_nothing_to_do_says_so_without_empty_boxes(admin_client):
    text = text_of(admin_client.get(HOME))
    assert "Rien n’est en retard" in text
    for absent in ("Par personne", "Pour moi", "Plans clôturés"):
        assert absent not in text


def test_each_figure_leads_to_the_list_it_counts(admin_client):
    today = timezone.localdate()
    plan = make_plan(status=PlanStatus.IN_PROGRESS, target_date=today + timedelta(days=90))
    for rank, person in enumerate((ALICE, ALICE, MONA)):
        late = today - timedelta(days=1)
        make_action(plan, description=f"Action {rank}", owner_id=person.id, due_date=late)
    html = admin_client.get(HOME).content.decode()
    page = "/admin/improvements/correctiveaction/?due=late"
    assert f'href="{page}"' in html
    mine = f"{page}&amp;owner={ALICE.id}"
    assert f'href="{mine}">2<' in html
    listed = text_of(admin_client.get(mine.replace("&amp;", "&")))
    assert [f"Action {rank}" in listed for rank in range(3)] == [True, True, False]
    mine_alone = text_of(admin_client.get(HOME)).split("Pour moi 2")[1].split("Par personne")[0]
    assert "Action 2" not in mine_alone


def test_things_are_created_from_here_by_those_who_may(admin_client, auditor_client):
    html = admin_client.get(HOME).content.decode()
    for address in ("improvements/complaint/add/", "improvements/improvementplan/add/"):
        assert f'href="/admin/{address}"' in html
    assert "Ajouter autre chose" in html
    assert "/add/" not in auditor_client.get(HOME).content.decode()


@pytest.mark.parametrize("with_action", [False, True])
def test_a_plan_with_work_left_or_none_at_all_is_not_ready(acme, with_action):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    if with_action:
        make_action(plan, status=ActionStatus.DONE)
        make_action(plan)
    assert not ImprovementPlan.objects.all().ready_to_close().exists()


def test_an_auditor_sees_it_too(auditor_client):
    make_plan(title="À voir", target_date=date(2020, 1, 1))
    assert "À voir" in text_of(auditor_client.get(HOME))


def at(year, month, day, hour, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


UNTIL = date(2026, 11, 21)


def test_what_was_open_and_late_at_the_end_of_each_month(acme):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    august = at(2026, 8, 31, 22, 30)  # September in Paris
    make_action(plan, created_at=august, due_date=date(2026, 10, 15))
    done = {"status": ActionStatus.DONE, "completed_at": at(2026, 10, 5, 12)}
    make_action(plan, created_at=at(2026, 9, 1, 12), due_date=date(2026, 9, 20), **done)
    make_action(plan, created_at=at(2026, 9, 1, 12), status=ActionStatus.CANCELLED)
    found = trends.standings(CorrectiveAction.objects.all(), until=UNTIL)
    assert len(found) == 12
    assert [(one.open, one.late) for one in found[-4:]] == [(0, 0), (2, 1), (1, 1), (1, 1)]


def test_what_was_closed_in_each_month_and_how_long_it_took(acme):
    """In days of Paris, half-up; what is open or given up takes no part."""
    for day, hour in ((10, 12), (13, 22)):  # the 14th in Paris
        make_plan(
            created_at=at(2026, 9, 1, 12),
            status=PlanStatus.COMPLETED,
            closed_at=at(2026, 9, day, hour),
        )
    make_plan(created_at=at(2026, 10, 1, 12))
    found = trends.closings(ImprovementPlan.objects.all(), until=UNTIL)
    assert [(one.closed, one.average_days) for one in found[-3:]] == [(2, 11), (0, None), (0, None)]


@time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False)
def test_complaints_answered_within_the_announced_delay(acme):
    """Received on Monday 2 November, due in ten working days, the 11th being none: on the 17th."""
    received = at(2026, 11, 2, 9)
    for day in (17, 18):
        answered = {"status": "RESOLVED", "resolution": "Oui.", "resolved_at": at(2026, 11, day, 9)}
        make_complaint(received_at=received, **answered)
    make_complaint(received_at=received)
    make_complaint(received_at=at(2026, 11, 20, 9))  # not due yet
    [november] = trends.answers(Complaint.objects.all(), until=UNTIL)[-1:]
    assert (november.in_time, november.late) == (1, 2)


@pytest.mark.parametrize("name", ["standings", "closings", "answers"])
def test_each_chart_is_one_statement(acme, name):
    rows = {
        "standings": CorrectiveAction.objects.all(),
        "closings": ImprovementPlan.objects.all(),
        "answers": Complaint.objects.all(),
    }
    with CaptureQueriesContext(connection) as ran:
        getattr(trends, name)(rows[name], until=UNTIL)
    assert len([one for one in ran if one["sql"].startswith("SELECT")]) == 1


@time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False)
def test_each_chart_is_a_table_too(admin_client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS, created_at=at(2026, 9, 1, 12))
    make_action(plan, created_at=at(2026, 9, 15, 12), due_date=date(2026, 10, 20))
    text = text_of(admin_client.get(HOME))
    assert "Mois Ouvertes dont en retard 12/2025 0 0" in text
    assert "09/2026 1 0 10/2026 1 1 11/2026 1 1" in text
    assert "Plans clôturés par mois" not in text


def test_it_costs_the_same_for_20_and_2000_plans(admin_client, count_queries):
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
    admin_client.get(HOME)
    few = count_queries(lambda: admin_client.get(HOME))
    fill(1980)
    admin_client.get(HOME)  # whatever is remembered for half a minute
    assert count_queries(lambda: admin_client.get(HOME)) == few


def test_addresses_are_made_of_what_is_shown_alone(admin_client):
    yesterday = timezone.localdate() - timedelta(days=1)
    for n in range(home.SHOWN + 12):
        make_plan(title=f"Plan {n}", target_date=yesterday)
    with mock.patch.object(todo, "reverse", side_effect=urls.reverse) as reverse:
        assert "En retard 20" in text_of(admin_client.get(HOME))
    assert reverse.call_count <= 2 * home.SHOWN
