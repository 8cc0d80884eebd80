"""What the querysets hold by themselves, whatever page or call asks them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from improvements.models import Complaint, CorrectiveAction, ImprovementPlan
from improvements.querysets import MOST_URGENT_FIRST, late_in_sql
from improvements.states import ActionStatus, Late, PlanStatus, Verdict
from qualiforma.accounts.actor import Actor
from tests.cast import ALICE, AUDREY, BOB, MONA, TOM
from tests.improvements.factories import link, make_action, make_complaint, make_plan, make_theme

DONE: dict[str, Any] = {"status": ActionStatus.DONE}
UNDER_WAY: dict[str, Any] = {"status": PlanStatus.IN_PROGRESS}
NOW = timezone.now()
pytestmark = pytest.mark.usefixtures("acme")


def acting(person):
    return Actor(id=person.id, name=person.name, role=person.role)


def keys(rows):
    return {*rows.values_list("pk", flat=True)}


def deleted(plan):
    ImprovementPlan.objects.filter(pk=plan.pk).update(deleted_at=NOW, deleted_by_id=ALICE.id)


def checked(plan, *verdicts):
    for number, verdict in enumerate(verdicts, 1):
        values = {"number": number, "verdict": verdict, "method": "Relevé."}
        values["reason"] = "" if verdict == Verdict.EFFECTIVE else "Vu."
        values |= {"verified_on": timezone.localdate(), "verified_by_id": ALICE.id}
        plan.effectiveness_checks.create(**values)


@pytest.mark.parametrize(
    ("person", "sees"), [(ALICE, True), (AUDREY, True), (MONA, False), (TOM, False), (BOB, False)]
)
def test_deleted_drafts_are_seen_by_those_who_read_the_register(person, sees):
    deleted(make_plan(id="imp_gone"))
    make_plan(id="imp_there")
    found = ImprovementPlan.objects.deleted_visible_to(acting(person))
    assert keys(found) == ({"imp_gone"} if sees else set())


@pytest.mark.parametrize("person", [ALICE, MONA])
def test_actions_of_deleted_plans_are_nobodys(person):
    plan = make_plan([{"owner_id": MONA.id}])
    deleted(plan)
    assert not CorrectiveAction.objects.visible_to(acting(person)).exists()


def test_actions_are_seen_whole_or_ones_own():
    for name, owner in {"mona": MONA, "tom": TOM}.items():
        make_action(make_plan(), id=f"act_{name}", owner_id=owner.id)
    actions = CorrectiveAction.objects
    for person in (ALICE, AUDREY):
        assert keys(actions.visible_to(acting(person))) == {"act_mona", "act_tom"}
    assert keys(actions.visible_to(acting(MONA))) == {"act_mona"}


def test_what_is_due_lies_between_today_and_a_day():
    today = timezone.localdate()
    for name, days in {"late": -1, "today": 0, "week": 7, "later": 8}.items():
        make_plan(id=f"imp_{name}", target_date=today + timedelta(days=days), **UNDER_WAY)
    make_plan(id="imp_done", target_date=today, status=PlanStatus.COMPLETED)
    found = ImprovementPlan.objects.due_by(today + timedelta(days=7))
    assert keys(found) == {"imp_today", "imp_week"}


def test_a_settled_plan_is_late_no_more():
    past = timezone.localdate() - timedelta(days=1)
    make_plan(id="imp_late", target_date=past)
    make_plan(id="imp_done", target_date=past, status=PlanStatus.COMPLETED)
    assert keys(ImprovementPlan.objects.overdue()) == {"imp_late"}
    assert keys(ImprovementPlan.objects.not_overdue()) == {"imp_done"}


def test_a_plan_is_ready_by_its_own_actions_and_once_it_is_under_way():
    make_plan([DONE, DONE], id="imp_ready", **UNDER_WAY)
    make_plan([DONE, {}], id="imp_half", **UNDER_WAY)
    make_plan(id="imp_empty", **UNDER_WAY)
    make_plan([DONE], id="imp_draft")
    make_plan([DONE], id="imp_closed", status=PlanStatus.COMPLETED)
    assert keys(ImprovementPlan.objects.ready_to_close()) == {"imp_ready"}


def test_the_last_check_counts_and_not_one_before():
    plan = make_plan(id="imp_twice", status=PlanStatus.COMPLETED)
    checked(plan, Verdict.NOT_EFFECTIVE, Verdict.EFFECTIVE)
    checked(make_plan(id="imp_other", status=PlanStatus.COMPLETED), Verdict.NOT_EFFECTIVE)
    plans = ImprovementPlan.objects
    assert keys(plans.in_effect(Verdict.EFFECTIVE)) == {"imp_twice"}
    assert keys(plans.in_effect(Verdict.NOT_EFFECTIVE)) == {"imp_other"}


def test_an_effect_is_late_where_nobody_looked():
    today = timezone.localdate()
    for name, days in {"late": -1, "today": 0, "seen": -1}.items():
        due = today + timedelta(days=days)
        plan = make_plan(id=f"imp_{name}", effectiveness_due_date=due, status=PlanStatus.COMPLETED)
    checked(plan, Verdict.EFFECTIVE)
    make_plan(id="imp_open", effectiveness_due_date=today - timedelta(days=1))
    assert keys(ImprovementPlan.objects.checks_overdue(today)) == {"imp_late"}


def test_what_comes_back_is_of_the_plans_own_complaints_and_their_theme():
    theme, other = make_theme(), make_theme("Supports")
    for name, about in {"again": theme, "once": other}.items():
        plan = make_plan(id=f"imp_{name}")
        link(plan, make_complaint(received_at=NOW - timedelta(days=40), theme=about))
        values = {"status": PlanStatus.COMPLETED, "closed_at": NOW - timedelta(days=30)}
        ImprovementPlan.objects.filter(pk=plan.pk).update(**values, closed_by_id=ALICE.id)
    new = make_complaint(received_at=NOW - timedelta(days=10), theme=theme)
    link(make_plan(), new)  # what another plan has taken up came back all the same
    assert keys(ImprovementPlan.objects.recurring(180)) == {"imp_again"}
    assert keys(ImprovementPlan.objects.recurring(19)) == set()


def test_progress_counts_the_plans_own_actions():
    make_plan([DONE, {}, {"status": ActionStatus.CANCELLED}], id="imp_three")
    make_plan(id="imp_empty")
    rows: Any = ImprovementPlan.objects.with_progress()
    found = {pk: more for pk, *more in rows.values_list("pk", "actions_count", "actions_completed")}
    assert found == {"imp_three": [3, 1], "imp_empty": [0, 0]}


def test_open_actions_are_of_open_plans_that_are_there():
    make_action(make_plan(**UNDER_WAY), id="act_open")
    make_plan([{"id": "act_done", **DONE}], **UNDER_WAY)
    make_plan([{"id": "act_closed"}], status=PlanStatus.COMPLETED)
    deleted(make_plan([{"id": "act_gone"}]))
    assert keys(CorrectiveAction.objects.open()) == {"act_open"}


def test_the_most_urgent_come_first_and_the_settled_last():
    today, plan = timezone.localdate(), make_plan(**UNDER_WAY)
    make_action(plan, id="act_a", due_date=today - timedelta(days=9), **DONE)
    make_action(plan, id="act_c", due_date=today)
    make_action(plan, id="act_b", due_date=today)
    make_action(plan, id="act_d", due_date=today - timedelta(days=1))
    make_action(plan, id="act_0")
    found = CorrectiveAction.objects.order_by(*MOST_URGENT_FIRST).values_list("pk", flat=True)
    assert [*found] == ["act_d", "act_b", "act_c", "act_0", "act_a"]


def test_a_complaint_names_its_own_plans_and_none_that_was_deleted():
    mine, gone, other = make_plan(), make_plan(), make_plan()
    complaint = make_complaint(id="cmp_mine")
    for plan in (mine, gone):
        link(plan, complaint)
    link(other, make_complaint(id="cmp_other"))
    deleted(gone)
    found: Any = Complaint.objects.with_plans().filter(pk="cmp_mine")
    assert [*found.values_list("improvement_plan_ids", flat=True)] == [[mine.pk]]


def test_what_is_late_of_a_complaint_is_said_alike_in_sql():
    past, resolved = NOW - timedelta(days=200), {"resolution": "Vu.", "status": "RESOLVED"}
    stages: dict[str, dict[str, Any]] = {
        "new": {"received_at": NOW},
        "silent": {"received_at": past},
        "told": {"received_at": past, "acknowledged_at": past},
        "done": {"received_at": past, "resolved_at": NOW, **resolved},
    }
    for name, values in stages.items():
        make_complaint(id=f"cmp_{name}", **values)
    make_complaint(id="cmp_slow", received_at=past)
    tomorrow = timezone.localdate() + timedelta(days=1)
    Complaint.objects.filter(pk="cmp_slow").update(answer_by=tomorrow)
    said = dict(Complaint.objects.annotate(said=late_in_sql()).values_list("pk", "said"))
    assert said == {one.pk: one.late for one in Complaint.objects.all()}
    assert {key: what for key, what in said.items() if what} == {
        "cmp_silent": Late.TO_ANSWER,
        "cmp_told": Late.TO_ANSWER,
        "cmp_slow": Late.TO_ACKNOWLEDGE,
    }
