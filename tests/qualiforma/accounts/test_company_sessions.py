"""The SessionId: what it opens, what ends it, and what somebody gains who makes one up."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from actionplans.models import ActionPlan
from qualiforma.accounts.models import CompanySession, User
from qualiforma.accounts.services import purge_company_sessions
from qualiforma.tenants import context
from tests.actionplans.factories import make_plan
from tests.cast import ALICE, AUDREY, BOB, CHARLIE, MONA, PASSWORD, TOM, Client

URL = "/api/v1/company/session"
PLANS = "/api/v1/company/action-plans"


class Holder(Client):
    """Bears a SessionId and, where told, the header."""

    def __init__(self, session_id, tenant=None):
        super().__init__(tenant)
        header = {"HTTP_X_TENANT_ID": tenant} if tenant else {}
        self.credentials(HTTP_SESSIONID=session_id, **header)


@pytest.fixture
def opened(acme):
    def open_one(person=ALICE):
        body = {"email": person.email, "password": PASSWORD}
        answer = Client(person.tenant).post(URL, body)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return open_one


def later(**time):
    return time_machine.travel(timezone.now() + timedelta(**time), tick=False)


def refused(answer, status=401, code="TOKEN_INVALID"):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    return True


def test_login_answers_a_session_of_this_shape(opened, acme):
    session = opened(MONA)
    assert list(session) == ["sessionId", "expiresAt", "user"]
    assert session["user"] == {
        "id": MONA.id,
        "name": MONA.name,
        "role": "MANAGER",
        "email": MONA.email,
    }
    assert session["sessionId"].startswith(f"qfs.{acme.pk}.")
    row = CompanySession.objects.get()
    assert session["sessionId"] not in str(vars(row))
    who = Holder(session["sessionId"]).get(URL)
    assert who.json() == {"expiresAt": session["expiresAt"], "user": session["user"]}


def test_the_session_alone_names_its_organisation(opened):
    make_plan(title="Le nôtre")
    session_id = opened()["sessionId"]
    for holder in (Holder(session_id), Holder(session_id, "acme")):
        assert [one["title"] for one in holder.get(PLANS).json()["result"]] == ["Le nôtre"]
    created = Holder(session_id).post(PLANS, {"title": "Par session"})
    assert created.json()["createdBy"] == ALICE.id
    assert ActionPlan.objects.filter(pk=created.json()["id"]).exists()


def test_an_empty_header_is_none(opened, as_mona):
    """Generated clients send one for each value that they were not given."""
    session = opened()["sessionId"]
    answer = Holder(session).get(URL, HTTP_X_TENANT_ID="")
    assert (answer.status_code, answer.json()["user"]["id"]) == (200, ALICE.id)
    assert as_mona.get(URL, HTTP_SESSIONID="").json()["user"]["id"] == MONA.id


def test_a_header_of_another_organisation_is_refused(opened):
    answer = Holder(opened()["sessionId"], "globex").get(PLANS)
    assert refused(answer, 403, "TENANT_MISMATCH")
    assert refused(Holder(opened()["sessionId"], "nowhere").get(PLANS), 404, "TENANT_NOT_FOUND")


def test_without_session_and_header_nothing_opens(acme, tokens):
    for path in (PLANS, URL, "/api/v1/company/nowhere"):
        assert refused(Client(None).get(path), 401, "NOT_AUTHENTICATED")
        assert Client(None).get(path)["WWW-Authenticate"] == "Bearer"
    bearer = Client(None, tokens[ALICE.id, "acme"])
    assert refused(bearer.get(PLANS), 400, "TENANT_REQUIRED")
    assert refused(Holder("").get(PLANS), 401, "NOT_AUTHENTICATED")
    assert refused(Client("acme").get(PLANS), 401, "NOT_AUTHENTICATED")


def test_another_organisations_name_before_the_same_secret_opens_nothing(opened, globex):
    """Alice's secret under globex's id: neither there nor, with either header, here."""
    _, tenant_id, secret = opened()["sessionId"].split(".")
    forged = f"qfs.{globex.pk}.{secret}"
    assert tenant_id != globex.pk
    assert refused(Holder(forged).get(PLANS))
    assert refused(Holder(forged).post(PLANS, {"title": "Intrus"}))
    assert refused(Holder(forged).delete(URL))
    assert refused(Holder(forged, "globex").get(PLANS))
    assert refused(Holder(forged, "acme").get(PLANS), 403, "TENANT_MISMATCH")
    with context.tenant_context(globex):
        assert not ActionPlan.objects.exists()


MADE_UP = [
    "x",
    "qfs.acme.{secret}",
    "qfs.tnt_nowhere.{secret}",
    "qfs.{tenant}.",
    "qfs.{tenant}.{secret}x",
    "qfs.{tenant}.{other}",
    "qfs.{tenant}{secret}",
    "QFS.{tenant}.{secret}",
    "qfs.{tenant}' OR 1=1 --.{secret}",
    "qfs.public.{secret}",
    "qfs.platform.{secret}",
    "qfs.{tenant}.{secret} ",
    "Bearer {token}",
    "qfs.{tenant}.{secret},qfs.{tenant}.{secret}",
    "qfs.{schema}.{secret}",
    "é" * 50,
    "q" * 8000,
]


@pytest.mark.parametrize("shape", MADE_UP, ids=lambda shape: shape[:30])
@pytest.mark.parametrize("header", [None, "acme"])
def test_made_up_sessions_open_nothing(shape, header, opened, acme, tokens):
    _, tenant, secret = opened()["sessionId"].split(".")
    if shape.endswith(" "):  # a server strips it
        secret = secret[:-1]
    value = shape.format(
        tenant=tenant,
        secret=secret,
        other="A" * 43,
        token=tokens[ALICE.id, "acme"],
        schema=acme.schema_name,
    )
    answer = Holder(value, header).get(PLANS)
    code = answer.json()["code"]
    assert (answer.status_code, code) in {(401, "TOKEN_INVALID"), (403, "TENANT_MISMATCH")}
    assert code == "TOKEN_INVALID" or header  # only a name that is compared can differ


@pytest.mark.parametrize("path", ["improvement-plans", "auth/me", "users", "audit-events"])
def test_elsewhere_it_is_worth_nothing(path, opened):
    session_id = opened()["sessionId"]
    url = f"/api/v1/{path}"
    assert refused(Holder(session_id).get(url), 400, "TENANT_REQUIRED")
    assert refused(Holder(session_id, "acme").get(url), 401, "NOT_AUTHENTICATED")
    for trick in (f"/api/v1/company/../{path}", f"/api/v1/company//{path}", f"{url}?company/"):
        assert Holder(session_id).get(trick).status_code in {400, 404}
    for door in ("/platform/v1/auth/me", "/admin/", "/links/file/x"):
        assert Holder(session_id).get(door).status_code in {302, 401, 404}


def test_login_requires_a_tenant(opened):
    body = {"email": ALICE.email, "password": PASSWORD}
    session_id = opened()["sessionId"]
    assert refused(Holder(session_id).post(URL, body), 400, "TENANT_REQUIRED")
    assert (
        Holder("qfs.spent", "acme").post(URL, body).status_code == 200
    )  # what one holds is not asked


@pytest.mark.parametrize("person", [TOM, BOB, AUDREY], ids=lambda one: one.role)
def test_only_managers_get_one(person, acme):
    body = {"email": person.email, "password": PASSWORD}
    assert refused(Client("acme").post(URL, body), 403, "FORBIDDEN")
    wrong = {**body, "password": "not their password"}
    assert refused(Client("acme").post(URL, wrong), 401, "INVALID_CREDENTIALS")
    assert not CompanySession.objects.exists()


def test_a_manager_who_becomes_a_learner_loses_it(opened):
    session_id = opened(MONA)["sessionId"]
    User.objects.filter(pk=MONA.id).update(role="LEARNER")
    assert refused(Holder(session_id).get(PLANS), 403, "FORBIDDEN")


def test_logout_ends_this_session_and_no_other(opened):
    first, second = opened()["sessionId"], opened()["sessionId"]
    answer = Holder(first).delete(URL)
    assert answer.status_code == 204
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert refused(Holder(first).get(URL))
    assert refused(Holder(first).delete(URL))
    assert Holder(second).get(URL).status_code == 200


def test_a_new_password_and_a_deactivation_end_them(opened, as_mona, as_alice):
    session_id = opened(MONA)["sessionId"]
    body = {"currentPassword": PASSWORD, "newPassword": "une autre phrase"}
    assert as_mona.post("/api/v1/auth/password", body).status_code == 204
    assert refused(Holder(session_id).get(URL))
    body = {"email": MONA.email, "password": "une autre phrase"}
    session_id = Client("acme").post(URL, body).json()["sessionId"]
    for active in (False, True):  # back again, it stays dead
        assert as_alice.patch(f"/api/v1/users/{MONA.id}", {"active": active}).status_code == 200
        assert refused(Holder(session_id).get(URL))


def test_twelve_hours_from_the_last_use_and_seven_days_at_most(opened):
    session_id = opened()["sessionId"]
    with later(hours=12, seconds=1):
        assert refused(Holder(session_id).get(URL))
    for half_days in range(1, 15):
        with later(hours=11.9 * half_days):
            assert Holder(session_id).get(URL).status_code == 200
    row = CompanySession.objects.get()
    assert row.expires_at == row.created_at + timedelta(days=7)
    with later(days=7):
        assert refused(Holder(session_id).get(URL))


def test_calls_in_a_row_write_nothing(opened):
    holder = Holder(opened()["sessionId"])
    for minutes, writes in ((10, True), (12, False), (16, True)):
        with later(minutes=minutes), CaptureQueriesContext(connection) as statements:
            assert holder.get(URL).status_code == 200
        assert any(one["sql"].startswith("UPDATE") for one in statements) == writes


def test_ended_sessions_are_purged(opened):
    opened()
    with later(hours=11):
        opened(MONA)
    with later(hours=13):
        assert purge_company_sessions() == 1
    assert [row.user_id for row in CompanySession.objects.all()] == [MONA.id]


def test_a_bearer_token_is_taken_too_and_the_session_goes_first(opened, as_mona):
    assert as_mona.get(URL).json()["expiresAt"] is None
    assert as_mona.delete(URL).status_code == 204
    assert as_mona.get(URL).status_code == 200
    as_mona._credentials["HTTP_SESSIONID"] = opened(ALICE)["sessionId"]
    assert as_mona.get(URL).json()["user"]["id"] == ALICE.id
    as_mona._credentials["HTTP_SESSIONID"] = opened(CHARLIE)["sessionId"]
    assert refused(as_mona.get(URL), 403, "TENANT_MISMATCH")


def test_browsers_may_send_it_and_caches_tell_it_apart(opened):
    answer = Holder(opened()["sessionId"]).get(URL)
    assert "SessionId" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_repeated_login_opens_another_session(acme):
    body = {"email": ALICE.email, "password": PASSWORD}
    first, second = (
        Client("acme").post(URL, body, HTTP_IDEMPOTENCY_KEY="same").json() for _ in range(2)
    )
    assert first["sessionId"] != second["sessionId"]


def test_managers_are_listed_for_administrators(as_alice):
    rows = as_alice.get("/api/v1/users", {"role": "MANAGER"}).json()["data"]
    assert [row["id"] for row in rows] == [MONA.id]
