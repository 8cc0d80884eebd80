"""A suspended organisation is refused at the very next call, in every web process."""

import pytest

from qualiforma.accounts.models import User
from qualiforma.accounts.services import create_user
from qualiforma.accounts.tokens import new_access_token
from qualiforma.provisioning import services
from qualiforma.tenants.context import tenant_context
from tests.cast import PASSWORD
from tests.committed import committed_tenant
from tests.live import Caller, start_server

SLUG, SESSIONS = "suspended", "company/session"
# Each is a connection of its own, which goes to one process or the other.
CALLS = 24


@pytest.fixture(scope="module")
def caller(django_db_setup, django_db_blocker):
    """Somebody of a committed tenant, at a server with two processes."""
    with django_db_blocker.unblock(), committed_tenant(SLUG) as tenant:
        with tenant_context(tenant):
            made = create_user(email="a@s.fr", name="Ada", role="ADMIN", password=PASSWORD)
            token = new_access_token(User.objects.get(pk=made.pk), tenant.pk)
        server = start_server(WEB_WORKERS="2")
        try:
            yield Caller(server.base, SLUG, token)
        finally:
            server.stop()


def found(caller, method="GET", path="auth/me", body=None):
    """Status and code of the answers to many calls, over as many connections."""
    answers = [caller(method, path, body) for _ in range(CALLS)]
    return {(status, (answer or {}).get("code")) for status, answer in answers}


def test_every_process_refuses_at_the_very_next_call(caller):
    login = {"email": "a@s.fr", "password": PASSWORD}
    for _ in range(2):
        assert found(caller) == {(200, None)}  # each process has the organisation in mind now
        services.suspend_tenant(name=SLUG)
        assert found(caller) == {(404, "TENANT_NOT_FOUND")}
        assert found(Caller(caller.base, SLUG), "POST", "auth/login", login) == {
            (404, "TENANT_NOT_FOUND")
        }
        services.resume_tenant(name=SLUG)


def test_so_does_a_session_that_names_its_organisation(caller):
    status, answer = Caller(caller.base, SLUG)(
        "POST", SESSIONS, {"email": "a@s.fr", "password": PASSWORD}
    )
    assert status == 200

    class Holder(Caller):
        headers = {"SessionId": answer["sessionId"]}

    holder = Holder(caller.base, SLUG)
    assert found(holder, path=SESSIONS) == {(200, None)}
    services.suspend_tenant(name=SLUG)
    assert found(holder, path=SESSIONS) == {(404, "TENANT_NOT_FOUND")}
    services.resume_tenant(name=SLUG)
