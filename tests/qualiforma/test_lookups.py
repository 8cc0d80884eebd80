"""What each call asks the database first, with as few statements and as little work as that takes."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import Avg, Count, F, Max, Sum
from django.test.utils import CaptureQueriesContext

from compliance.models import NeedsAnalysis
from improvements.models import CorrectiveAction, ImprovementPlan
from qualiforma.accounts.models import User
from qualiforma.accounts.tokens import _verified
from qualiforma.api.callers import find_user
from qualiforma.lookups import Figures, JoinedLookUp, LookUp, PlainRows, RowLookUp, RowStatement
from qualiforma.tenants.connection import tenant_connection
from tests.cast import ALICE, BOB
from tests.compliance.needs_factories import make_analysis
from tests.improvements.factories import make_action, make_plan

ME = "/api/v1/auth/me"


def test_a_look_up_finds_what_the_orm_finds(acme):
    expected = User.objects.get(pk=ALICE.id)
    active = True
    found = find_user(ALICE.id, expected.token_generation, active)
    assert found == expected
    assert vars(found).keys() == vars(expected).keys()
    assert found.created_at == expected.created_at
    assert find_user(ALICE.id, expected.token_generation + 1, active) is None


def test_a_look_up_refuses_columns_that_the_orm_converts(acme):
    with pytest.raises(TypeError, match="recommendations"):
        LookUp(NeedsAnalysis, "id")("nda_1")


def test_a_call_opens_the_schema_and_finds_the_user_by_one_statement(as_alice, count_queries):
    as_alice.get(ME)
    assert count_queries(lambda: as_alice.get(ME)) == 1


def test_who_belongs_to_another_organisation_is_not_looked_up(as_alice, globex):
    with CaptureQueriesContext(connection) as found:
        answer = as_alice.in_tenant("globex").get(ME)
    assert answer.json()["code"] == "TENANT_MISMATCH"
    assert not [one for one in found if "accounts_user" in one["sql"]]


@pytest.mark.parametrize("sharded", [True, False])
def test_a_joined_look_up_finds_what_the_look_up_finds(acme, settings, sharded):
    settings.SHARDED = sharded
    generation = User.objects.get(pk=ALICE.id).token_generation
    for values in ((ALICE.id, generation, True), (ALICE.id, generation + 1, True)):
        joined = JoinedLookUp(find_user, acme.schema_name, values)
        connection.close_if_health_check_failed()
        tenant_connection.search_path_set_schemas = None
        assert tenant_connection.enter(acme, joined)
        assert joined.has_run is not sharded
        expected = find_user(*values)
        if not sharded:
            assert joined.found == expected
            assert vars(joined.found or object).keys() == vars(expected or object).keys()


def test_asking_whether_the_server_answers_opens_the_schema(acme):
    tenant_connection.set_tenant(acme)
    assert tenant_connection.search_path_set_schemas is None
    assert connection.is_usable()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        assert cursor.fetchone() == (acme.schema_name,)


def test_a_verified_token_spares_the_signature_alone(as_bob):
    """State, role and generation are read at each call, also of a token that is known."""
    assert as_bob.get(ME).status_code == 200
    known = _verified.cache_info().hits
    bob = User.objects.filter(pk=BOB.id)
    for change, back in (
        ({"is_active": False}, {"is_active": True}),
        ({"token_generation": 99}, {"token_generation": 1}),
    ):
        before = bob.get().token_generation
        bob.update(**change)
        assert as_bob.get(ME).json()["code"] == "TOKEN_INVALID"
        bob.update(**back | {"token_generation": before})
    bob.update(role="MANAGER")
    assert as_bob.get(ME).json()["data"]["role"] == "MANAGER"
    assert _verified.cache_info().hits >= known + 3


def test_a_row_statement_reads_what_the_orm_reads(acme):
    """With a joined row, an annotation, and columns that the ORM converts."""
    action = make_action(make_plan(indicators=[7, 32]))
    rows: Any = CorrectiveAction.objects.select_related("plan").annotate(
        twice=F("plan__version") * 2
    )
    find = RowLookUp(lambda key: rows.filter(pk=key))
    expected, found = rows.get(pk=action.pk), find(action.pk)
    assert found == expected
    assert found.twice == expected.twice
    with CaptureQueriesContext(connection) as statements:
        assert found.plan.indicators == [7, 32]
        assert vars(found.plan).keys() == vars(expected.plan).keys()
    assert not statements
    assert find("act_none") is None


def test_a_row_statement_converts_as_the_orm_does(acme):
    analysis = make_analysis()
    found = RowLookUp[NeedsAnalysis](lambda key: NeedsAnalysis.objects.filter(pk=key))(analysis.pk)
    assert found is not None
    assert found.recommendations == NeedsAnalysis.objects.get(pk=analysis.pk).recommendations


def test_a_row_statement_refuses_what_it_would_leave_out(acme):
    refused: tuple[Any, ...] = (
        ImprovementPlan.objects.prefetch_related("actions"),
        User.objects.values("id"),
    )
    for rows in refused:
        with pytest.raises(TypeError, match="whole rows"):
            RowStatement(rows, {})


def test_figures_are_what_the_orm_aggregates(acme):
    """Of nothing, of something, and converted as the ORM does; each call counts anew."""
    rows = ImprovementPlan.objects.annotate(n=F("version") * 2)
    aggregates = {
        "count": Count("pk"),
        "sum": Sum("n"),
        "mean": Avg("version"),
        "last": Max("indicators"),
    }
    figures: Figures[ImprovementPlan] = Figures(remembered=1)
    for _ in range(3):
        found = figures("all", caller="usr_none", rows=lambda: rows, aggregates=lambda: aggregates)
        expected = rows.aggregate(**aggregates)
        assert found == expected
        assert [type(one) for one in found.values()] == [type(one) for one in expected.values()]
        make_plan(indicators=[7, 32])
    figures("other", caller="usr_none", rows=lambda: rows, aggregates=lambda: aggregates)
    assert list(figures._kept) == ["other"]


def test_figures_of_two_callers_are_their_own(acme):
    figures: Figures[ImprovementPlan] = Figures()
    make_plan(owner_id=BOB.id)

    def count_of(person: Any) -> int:
        found = figures(
            "own",
            caller=person.id,
            rows=lambda: ImprovementPlan.objects.filter(owner=person.id),
            aggregates=lambda: {"count": Count("pk")},
        )
        return int(found["count"])

    assert [count_of(one) for one in (ALICE, BOB, ALICE)] == [0, 1, 0]


def test_plain_rows_are_what_the_orm_finds_now(acme):
    known, asked = PlainRows(), []

    def rows():
        asked.append(1)
        plans = ImprovementPlan.objects.filter(title__startswith="100 %").order_by("title")
        return plans.values_list("title", "indicators", "created_at")

    assert known("shape", rows) == []
    for title in ("100 % s", "100 %% é 'x'", "autre"):
        make_plan(title=title, indicators=[31, 32])
    assert known("shape", rows) == list(rows())
    assert len(known("shape", rows)) == 2
    assert len(asked) == 2  # of which one was for the comparison
    assert known("none", lambda: ImprovementPlan.objects.none().values_list("pk")) == []


def test_plain_rows_forget_the_shape_used_longest_ago(acme):
    known, asked = PlainRows(remembered=2), []

    def rows():
        asked.append(1)
        return User.objects.values_list("pk")

    for shape in "abacab":
        known(shape, rows)
    assert len(asked) == 4
