"""Lists that the database writes: byte for byte what their serializers write, and nobody else's."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from unittest import mock

import pytest
import time_machine
from django.urls import get_resolver
from django.utils import timezone
from rest_framework.renderers import JSONRenderer

from actionplans.models import FocusItem
from actionplans.states import State, Visibility
from compliance.api.paths import PathOutput
from compliance.models import AdaptivePath
from compliance.recommend import recommend
from compliance.recommend.need import Need
from compliance.services import change_path
from improvements.api.serializers import PlanListItem
from improvements.api.views import PlanViewSet
from improvements.models import Complaint, EffectivenessCheck, ImprovementPlan
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.tokens import new_access_token
from qualiforma.api import compiled
from qualiforma.api.derived import is_derivable, row_of
from qualiforma.tenants.context import get_tenant, tenant_context
from qualiforma.training.api.courses import CourseOutput
from qualiforma.training.models import Company
from qualiforma.training.states import Level
from tests.actionplans import factories as action_plans
from tests.actionplans.factories import make_area
from tests.cast import ALICE, AUDREY, BOB, CHARLIE, MONA, TOM, Client
from tests.compliance.needs_factories import make_analysis, make_catalogue
from tests.compliance.paths_factories import make_path
from tests.improvements.factories import link, make_action, make_complaint, make_plan, make_theme
from tests.qualiforma.training.factories import make_course, make_enrollment, make_session

BY_DATABASE = {
    "adaptive-paths": ["", "targetAudience=BEGINNER", "q=cadre", "perPage=1&page=2"],
    "companies": ["", "q=cadre"],
    "company/action-plans": [
        *("", "status=EXPIRED", "status=PENDING", "assigneeId=usr_mona", "q=\x1f", "focusType=SCORE"),
        *("from=1&to=2", "from=9&to=12", "from=1&to=1", "status=PENDING&from=0&to=1", "q=cadre"),
    ],
    "company/actions": ["", "status=EXPIRED", "assigneeId=usr_mona", "q=%22cadre%22", "from=1&to=3"],
    "needs-analysis": ["", "status=COMPLETED", "q=cadre", "page=3&perPage=2"],
    "complaint-themes": [""],
    "sessions": ["", "ordering=startsAt"],
    "complaints": ["", "unanswered=true", "late=TO_ANSWER", "q=cadre", "ordering=receivedAt"],
    "enrollments": ["", "status=REVOKED", "enrolledFrom=2026-01-01", "ordering=-enrolledAt"],
    "improvement-plans": [
        *("", "status=IN_PROGRESS", "owner=usr_alice", "q=cadre", "ordering=title", "indicator=31"),
        *("effectiveness=TO_CHECK", "recurrence=false", "overdue=true", "perPage=2&page=2", "page=9"),
    ],
}  # fmt: skip
ROWS_OF = {
    "adaptive-paths": "compliance_rows",
    "needs-analysis": "compliance_rows",
    "company/action-plans": "company_rows",
    "company/actions": "company_rows",
}
HOUR = timedelta(hours=1)
# What JSON writes in a way of its own, and what both must leave as it is.
TEXTS = (
    'Un "cadre" \\ et / une barre',
    "Une ligne\nune autre\tet \r la suite",
    "Séparateurs \u2028 et \u2029, \x7f",
    "Émojis 🎓, 漢字, é décomposé, <b>&amp;</b>",
)
INSTANTS = (
    datetime(849, 2, 3, 4, 5, 6, 999999, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, 59, 500000, tzinfo=UTC),
    datetime(2026, 10, 25, 23, 30, tzinfo=UTC),
)


@pytest.fixture
def rows(acme):
    """Every optional value present and absent, over every text and instant."""
    theme = make_theme()
    for n, text in enumerate(TEXTS * 2):
        instant, has = INSTANTS[n % len(INSTANTS)], n % 2 == 0
        make_session(make_course(), title=text, starts_at=instant, ends_at=instant + HOUR)
        Company.objects.create(name=f"{n} {text}", created_at=instant)
        enrollment = make_enrollment(
            status="REVOKED" if has else "ACTIVE",
            payment_id=text if has else "",
            created_at=instant,
            expires_at=None if has else timezone.now(),
        )
        complaint = one_complaint(n, text, enrollment if has else None, theme)
        plan = make_plan(
            actions=[{"status": "DONE"}, {}] if has else [],
            title=text,
            created_at=instant,
            indicators=[31, 32] if has else [],
            status=("DRAFT", "IN_PROGRESS", "COMPLETED", "ARCHIVED")[n % 4],
        )
        if has and plan.status != "COMPLETED":
            link(plan, complaint)


@pytest.fixture
def company_rows(acme):
    """Action plans of everybody and of nobody, their actions in every state, with parts and without."""
    area = make_area()
    for n, text in enumerate(TEXTS):
        own = {} if n % 2 else {"description": "", "created_by_id": (None, MONA.id)[n // 2]}
        visible = Visibility.PUBLIC if n < 2 else Visibility.PRIVATE
        plan = action_plans.make_plan(title=text, visibility=visible, **own)
        for rank, state in enumerate(State.values if n else ()):
            due = timezone.localdate() + timedelta(days=rank - 2) if rank % 2 else None
            parts = {MONA.id: State.PENDING if state == "EXPIRED" else State(state)}
            parts |= {ALICE.id: State.IN_PROGRESS} if rank % 3 == 0 else {}
            action = action_plans.make_action(
                plan, parts, focus=("SCORE", "ENPS")[: rank % 3], areas=[area][: rank % 2],
                title=text, description=text if rank % 2 else "", due_date=due,
                created_at=INSTANTS[rank % len(INSTANTS)],
            )  # fmt: skip
            FocusItem.objects.filter(action=action, focus_type="ENPS").update(label=text)
            if rank % 2:
                action_plans.make_note(action)


@pytest.fixture
def compliance_rows(acme):
    """Needs analyses with reasons of every kind, and paths in several versions."""
    courses = make_catalogue()
    for n, text in enumerate(TEXTS):
        values = recommend(Need([text, "Maîtriser Excel"], Level.BEGINNER, Level.ADVANCED))
        make_analysis(
            objectives=[text, "Maîtriser Excel"],
            context=text,
            funding_source="OPCO" if n % 2 else "",
            third_party_analysis=text if n % 2 else "",
            status="COMPLETED" if n % 2 else "DRAFT",
            recommendations=values.recommendations,
            gap_analysis=values.gap_analysis,
            created_by_id=None if n == 3 else ALICE.id,
        )
        modules = [
            {"course": one, "mandatory": rank % 2 == 0, "order": n + 1 - rank}
            for rank, one in enumerate(courses[: n + 1])
        ]
        path = make_path(modules, name=text, description=text if n % 2 else "")
        change_path(
            path=path, changes={"name": f"{text}."}, actor=Actor.of(User.objects.get(pk=ALICE.id))
        )


def one_complaint(n, text, enrollment, theme):
    is_resolved = n % 3 == 0
    return make_complaint(
        subject=text,
        description=text if enrollment else "",
        complainant_name="" if enrollment else text,
        received_at=timezone.now() - timedelta(days=30 * n),
        resolved_at=timezone.now() if is_resolved else None,
        resolution=text if is_resolved else "",
        status="RESOLVED" if is_resolved else "OPEN",
        enrollment=enrollment,
        theme=theme if n % 3 == 1 else None,
        created_by_id=BOB.id if enrollment else MONA.id,
    )


def views():
    """Every viewset of the API that has a list the database may write, by its path."""

    def walk(patterns, path=""):
        for one in patterns:
            if hasattr(one, "url_patterns"):
                yield from walk(one.url_patterns, path + str(one.pattern))
            elif getattr(getattr(one.callback, "cls", None), "by_database", False):
                yield (path + str(one.pattern)).removeprefix("api/v1/"), one.callback

    return {
        path: callback.cls
        for path, callback in walk(get_resolver().url_patterns)
        if "list" in callback.actions.values()
    }


@contextmanager
def by_serializer():
    with mock.patch("qualiforma.api.views.is_derivable", return_value=False):
        yield


def answered(client, path):
    """Status, body and headers of a call; of a refusal the status alone, as it names its request."""
    answer = client.get(path)
    if answer.status_code != 200:
        return answer.status_code
    own = {"X-Request-ID", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}
    headers = {name: one for name, one in answer.headers.items() if name not in own}
    return answer.content, headers


@pytest.mark.parametrize("language", ["fr", "en"])
def test_details_are_the_same_bytes(rows, client_of, subtests, language):
    """Of plans with and without what Python writes, and of one that nobody has."""
    for person in (ALICE, AUDREY, MONA, BOB):
        client = Client(person.tenant, client_of(person).token, language)
        for plan in [*ImprovementPlan.objects.all(), ImprovementPlan(pk="imp_none")]:
            url = f"/api/v1/improvement-plans/{plan.pk}"
            with subtests.test(f"{person.role} {url}"):
                by_database = [answered(client, url), answered(client, url)]
                with mock.patch.object(PlanViewSet, "written_one", return_value=None):
                    expected = answered(client, url)
                assert by_database == [expected, expected]


def test_a_path_is_the_same_bytes_as_its_serializer_writes(compliance_rows, as_alice):
    for path in AdaptivePath.objects.all():
        answer = as_alice.get(f"/api/v1/adaptive-paths/{path.pk}")
        assert answer.content == JSONRenderer().render({"data": PathOutput(path).data})
        assert answer["ETag"] == f'"{path.version}"'
    assert as_alice.get("/api/v1/adaptive-paths/pth_none").status_code == 404


def test_reasons_are_worded_in_the_language_of_each_call(compliance_rows, as_alice):
    """One statement for both languages would be right, too: the wording is made behind it."""
    told = [
        [why for one in row["recommendations"] for why in one["reasons"]]
        for language in ("fr", "en")
        for row in Client("acme", as_alice.token, language)
        .get("/api/v1/needs-analysis")
        .json()["data"]
    ]
    french, english = told[: len(TEXTS)], told[len(TEXTS) :]
    assert any(one.startswith("Répond") for row in french for one in row)
    assert not any(one.startswith("Répond") for row in english for one in row)


def test_organisations_write_their_own_id(as_alice, as_charlie, globex):
    """It is a value of each call: the statement is the same for all."""
    action_plans.make_plan()
    with tenant_context(globex):
        action_plans.make_plan(created_by_id=CHARLIE.id)
    for client, tenant in ((as_alice, "acme"), (as_charlie, "globex"), (as_alice, "acme")):
        [plan] = client.get("/api/v1/company/action-plans").json()["result"]
        assert plan["companyId"] == get_tenant(tenant).pk


@pytest.mark.parametrize("status", ["IN_PROGRESS", "COMPLETED"])
def test_a_detail_without_measures_and_file_is_one_statement(as_alice, count_queries, status):
    plan = make_plan(status=status, actions=[{}, {}])
    url = f"/api/v1/improvement-plans/{plan.pk}"
    as_alice.get(url)
    # The schema with the user, the plan.
    assert count_queries(lambda: as_alice.get(url)) == 2


def test_which_lists_the_database_writes():
    assert set(views()) == set(BY_DATABASE)
    assert all(is_derivable(view.serializer_class) for view in views().values())


@pytest.mark.parametrize("path", BY_DATABASE)
def test_both_ways_are_the_same_bytes(request, client_of, subtests, path):
    request.getfixturevalue(ROWS_OF.get(path, "rows"))
    for person in (ALICE, AUDREY, MONA, TOM, BOB):
        for query, language in product(BY_DATABASE[path], ("fr", "en")):
            client = Client(person.tenant, client_of(person).token, language)
            url = f"/api/v1/{path}?{query}"
            with subtests.test(f"{person.role} {url} {language}"):
                by_database = [answered(client, url), answered(client, url)]  # compiled, then known
                with by_serializer():
                    expected = answered(client, url)
                assert by_database == [expected, expected]


def test_refusals_are_the_same(as_alice):
    for query in ("status=NONE", "page=0", "perPage=x", "unknown=1", "status=DRAFT&status=DRAFT"):
        url = f"/api/v1/improvement-plans?{query}"
        answer = as_alice.get(url)
        assert answer.status_code == 400, query
        with by_serializer():
            assert answer.json()["errors"] == as_alice.get(url).json()["errors"]


def test_callers_of_one_role_get_their_own(rows, acme, as_bob):
    """The statement is the same one for all of a role; the caller is a value of each call."""
    other = User.objects.create(id="usr_lea", email="lea@acme.fr", name="Léa", role="LEARNER")
    mine = make_complaint(subject="La mienne", created_by_id=other.pk)
    as_lea = Client("acme", new_access_token(other, acme.pk))
    of_bob = {one.pk for one in Complaint.objects.filter(created_by_id=BOB.id)}
    for _ in range(2):
        found = as_bob.get("/api/v1/complaints").json()["data"]
        assert {one["id"] for one in found} == of_bob
        assert [one["id"] for one in as_lea.get("/api/v1/complaints").json()["data"]] == [mine.pk]


def test_a_call_that_names_its_caller(rows, as_alice, client_of):
    """Who filters by the own id filters by a value; another who does so gets that value's rows."""
    own = make_plan(owner_id=AUDREY.id)
    for client in (client_of(AUDREY), as_alice, client_of(AUDREY)):
        found = client.get(f"/api/v1/improvement-plans?owner={AUDREY.id}").json()["data"]
        assert [one["id"] for one in found] == [own.pk]


def test_tenants_share_statements_and_no_rows(rows, as_alice, as_charlie, globex):
    with tenant_context(globex):
        theirs = make_plan(owner_id="usr_charlie")
    for _ in range(2):
        found = as_charlie.get("/api/v1/improvement-plans").json()
        assert [one["id"] for one in found["data"]] == [theirs.pk]
        assert as_alice.get("/api/v1/improvement-plans").json()["meta"]["total"] == len(TEXTS) * 2


def test_a_change_shows_in_the_next_call(as_alice):
    plan = make_plan(status="COMPLETED")
    url = "/api/v1/improvement-plans"
    assert as_alice.get(url).json()["data"][0]["effectiveness"] == "TO_CHECK"
    EffectivenessCheck.objects.create(
        plan=plan, number=1, verdict="EFFECTIVE", method="M", verified_on="2026-12-01",
        verified_by_id=ALICE.id,
    )  # fmt: skip
    make_action(make_plan(title="Un autre"))
    found = as_alice.get(url).json()["data"]
    assert {one["effectiveness"] for one in found} == {"EFFECTIVE", "NOT_DUE"}


def test_the_next_day_is_another_statement(acme, as_alice):
    make_complaint()
    url = "/api/v1/complaints"
    assert as_alice.get(url).json()["data"][0]["late"] is None
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        token = new_access_token(User.objects.get(pk=ALICE.id), acme.pk)
        assert Client("acme", token).get(url).json()["data"][0]["late"] == "TO_ANSWER"


def test_what_is_remembered_has_an_end(as_alice):
    with mock.patch.object(compiled, "REMEMBERED", 3):
        for n in range(6):
            as_alice.get(f"/api/v1/improvement-plans?q=mot{n}")
        assert len(compiled._kept) == 3


def test_fields_that_need_python_refuse():
    assert not is_derivable(CourseOutput)
    assert row_of(PlanListItem).source_expressions
