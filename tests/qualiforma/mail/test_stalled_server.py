"""A mail server that does not answer holds up its own mail, and no writer of the organisation."""

import os
import signal
import socket
import threading

import pytest
from django.db import connection

from actionplans import services as plans
from actionplans.exports.models import PlanExport
from actionplans.services import PlanDraft
from actionplans.states import Visibility
from qualiforma.accounts import services as accounts
from qualiforma.accounts.actor import Actor
from qualiforma.tenants.context import tenant_context
from tests import forks, live
from tests.cast import PASSWORD, Client
from tests.committed import committed_tenant


class StalledServer:
    """Takes connections and greets nobody until it is told to."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_called = threading.Event()
        self.calls = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                call, _ = self.listener.accept()
            except OSError:
                return
            self.calls.append(call)
            self.is_called.set()

    def close(self):
        self.listener.close()
        for one in self.calls:
            one.close()


@pytest.fixture
def stalled():
    server = StalledServer()
    yield server
    server.close()


@pytest.fixture
def worker(stalled):
    process = forks.start(
        *("manage.py", "run_worker"),
        env=os.environ | {"QUALIFORMA_SMTP_URL": f"smtp://127.0.0.1:{stalled.port}"},
        start_new_session=True,
    )
    yield process
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)


def is_mail_running():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs"
            " WHERE task_name = 'mail.deliver' AND status = 'doing'"
        )
        return cursor.fetchone()[0] == 1


def log_in(tenant, user):
    body = {"email": user.email, "password": PASSWORD}
    answer = Client(tenant).post("/api/v1/auth/login", body)
    return Client(tenant, answer.json()["data"]["accessToken"])


def test_a_write_passes_while_the_mail_of_an_export_waits(
    django_db_setup, django_db_blocker, stalled, worker
):
    with (
        django_db_blocker.unblock(),
        committed_tenant("stalled") as tenant,
        tenant_context(tenant),
    ):
        user = accounts.create_user(
            email="ana@stalled.fr", name="Ana", role="MANAGER", password=PASSWORD
        )
        actor = Actor.of(user)
        draft = PlanDraft(title="Accueil", description="", visibility=Visibility.PUBLIC)
        plan = plans.create_plan(draft=draft, actor=actor)
        plans.request_export(plan=plan, actor=actor)
        live.wait_until(stalled.is_called.is_set, worker)
        assert is_mail_running()

        answer = log_in("stalled", user).patch(
            f"/api/v1/company/action-plans/{plan.pk}", {"title": "Accueil des stagiaires"}
        )

        assert answer.status_code == 200, answer.content
        assert is_mail_running()
        assert PlanExport.objects.get().expires_at is None
