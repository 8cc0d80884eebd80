"""Rows that are written together are written as `save` would."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from improvements.models import ClosingReport, CorrectiveAction, ImprovementPlan
from qualiforma.kept_writes import Changed, New, write_together
from tests.improvements.factories import make_plan


@pytest.fixture
def plan(acme):
    return make_plan(status="IN_PROGRESS", actions=[{}])


def texts_of(call):
    with CaptureQueriesContext(connection) as found:
        call()
    return [one["sql"] for one in found]


def report_of(plan):
    return ClosingReport(plan=plan, summary="100 % fait; « oui »", outcomes=["a", "b;c"], snapshot={"a": None})  # fmt: skip


@pytest.mark.parametrize("root_cause", ["", "50 % d’absents ; --"])
@pytest.mark.parametrize("indicators", [[], [31, 32]])
def test_a_change_is_the_statement_of_save(plan, root_cause, indicators):
    plan.root_cause, plan.indicators = root_cause, indicators
    fields = ["indicators", "root_cause", "started_at", "owner_id"]
    for started in (None, plan.created_at, None):
        plan.started_at = started
        found = texts_of(lambda: write_together(Changed(plan, fields)))
        assert found == texts_of(lambda: plan.save(update_fields=[*fields[:-1], "owner"]))
        assert ImprovementPlan.objects.get(pk=plan.pk).started_at == started


def test_a_new_row_is_the_statement_of_save(plan):
    for _ in range(2):
        with transaction.atomic():
            found = texts_of(lambda: write_together(New(report_of(plan))))
            transaction.set_rollback(True)
        with transaction.atomic():
            expected = texts_of(lambda: report_of(plan).save(force_insert=True))
            transaction.set_rollback(True)
        assert found[1:-1] == expected[1:-1]


def test_several_are_one_trip_in_their_order(plan):
    action = CorrectiveAction.objects.get(plan=plan)
    action.description, plan.title = "Une autre", "Un autre"
    changes = (Changed(action, ["description"]), New(report_of(plan)), Changed(plan, ["title"]))
    [text] = texts_of(lambda: write_together(*changes))
    assert text.startswith("UPDATE")
    assert CorrectiveAction.objects.get(pk=action.pk).description == "Une autre"
    assert ImprovementPlan.objects.get(pk=plan.pk).title == "Un autre"
    assert ClosingReport.objects.get(plan=plan).snapshot == {"a": None}


def test_each_is_one_statement_on_nodes(plan, settings):
    settings.SHARDED = True
    plan.title = "Un autre"
    found = texts_of(lambda: write_together(New(report_of(plan)), Changed(plan, ["title"])))
    assert [one.split()[0] for one in found] == ["INSERT", "UPDATE"]


def test_a_row_that_is_gone_is_told(plan):
    action = CorrectiveAction.objects.get(plan=plan)
    CorrectiveAction.objects.filter(pk=action.pk).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        write_together(Changed(plan, ["title"]), Changed(action, ["description"]))


def test_a_refusal_of_any_is_raised(plan):
    plan.title = ""
    action = CorrectiveAction.objects.get(plan=plan)
    with pytest.raises(IntegrityError, match="plan_title_not_blank"), transaction.atomic():
        write_together(Changed(action, ["description"]), Changed(plan, ["title"]))
