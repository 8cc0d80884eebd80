import gc
import os
import re
import sys

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from qualiforma.admin import kept_pages
from qualiforma.api.rates import rates
from qualiforma.tenants import context
from tests import cast, live
from tests.admin_client import HOST, entered
from tests.cast import ALICE, AUDREY, BOB, CHARLIE, EVERYBODY, MONA, PASSWORD, TOM, Client
from tests.jobs import run_jobs
from tests.network_guard import no_network_while_trail_is_locked
from tests.storages import bucket, each_storage
from tests.workers import mailbox, workers

# What starts a server, a worker, a browser or a command as a process of its own.
STARTS_PROCESSES = re.compile(
    r"^\s*(?:import subprocess|from tests\.(?:live|chromium|slow_servers|storages|committed)|from tests import (?:forks|live)|from playwright)"
    r"|multiprocessing|ProcessPool|Controller\(",
    re.MULTILINE,
)
PROCESS_FIXTURES = {
    "demo_server",
    "demo_admin",
    "start_worker",
    "bucket",
    "each_storage",
    "workers",
}


def pytest_collection_modifyitems(items):
    """Mark tests that start processes, which `make test-fast` leaves out."""
    starts_processes = {
        path: bool(STARTS_PROCESSES.search(path.read_text()))
        for path in {one.path for one in items}
    }
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if starts_processes[item.path] or fixtures & PROCESS_FIXTURES:
            item.add_marker(pytest.mark.process)


def pytest_collection_finish():
    """Leave out of each look for garbage what stays to the end: modules, models and the tests."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish():
    if module := sys.modules.get("tests.chromium"):
        module.browsers.end()


def pytest_unconfigure():
    """After what is left of servers has been stopped: who forked them tells how they ended."""
    if module := sys.modules.get("tests.forks"):
        module.servers.end()


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords():
    with cast.cheap_passwords():
        yield


@pytest.fixture(scope="session")
def django_db_setup(cheap_passwords):
    """Two tenants and the cast are there (`tests.cluster_cache`); each test rolls back what it adds."""


@pytest.fixture(scope="session")
def tokens(django_db_setup, django_db_blocker):
    """Access token by (id, tenant), from the real login."""
    with django_db_blocker.unblock():
        return {(one.id, one.tenant): log_in(one) for one in EVERYBODY}


def log_in(person):
    body = {"email": person.email, "password": PASSWORD}
    answer = Client(person.tenant).post("/api/v1/auth/login", body)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]["accessToken"]


@pytest.fixture(autouse=True)
def fresh_process():
    """What a request leaves in its process: the language that it was answered in, a caller's rate."""
    translation.deactivate()
    rates.clear()


@pytest.fixture
def empty_queue(db):
    """No job waits but the test's own: those of live servers' tests are committed, and stay."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status <> 'doing'")


@pytest.fixture(autouse=True, scope="session")
def no_kept_pages():
    """Make each page in each call: tests compare how it is made. `test_kept_pages.py` keeps them again."""
    kept_pages.pages.most_bytes = 0


@pytest.fixture
def acme(empty_queue):
    """The tenant acme, open: what the test itself touches is acme's."""
    context.leave_tenant()
    tenant = context.get_tenant("acme")
    context.open_tenant(tenant)
    return tenant


@pytest.fixture
def globex(acme):
    """The other tenant; acme stays open."""
    return context.get_tenant("globex")


@pytest.fixture
def client_of(tokens):
    return lambda person: Client(person.tenant, tokens[person.id, person.tenant])


@pytest.fixture
def as_alice(acme, client_of):
    return client_of(ALICE)


@pytest.fixture
def as_mona(acme, client_of):
    return client_of(MONA)


@pytest.fixture
def as_tom(acme, client_of):
    return client_of(TOM)


@pytest.fixture
def as_bob(acme, client_of):
    return client_of(BOB)


@pytest.fixture
def as_audrey(acme, client_of):
    return client_of(AUDREY)


@pytest.fixture
def as_charlie(acme, client_of):
    return client_of(CHARLIE)


@pytest.fixture
def as_nobody(acme):
    return Client("acme")


@pytest.fixture
def admin_client(acme):
    """Alice at acme's pages."""
    return entered(ALICE)


@pytest.fixture
def auditor_client(acme):
    """Audrey at acme's pages."""
    return entered(AUDREY)


@pytest.fixture
def mails(mailoutbox):
    """What has been sent once the queued jobs are run."""

    def sent():
        run_jobs()
        return mailoutbox

    return sent


@pytest.fixture(scope="module")
def contract(django_db_setup, django_db_blocker):
    """The published contract, which tests compare real answers with."""
    from tests.published import Contract, publish

    with django_db_blocker.unblock():
        return Contract(publish())


@pytest.fixture
def count_queries():
    """Number of statements of a call, which must succeed."""

    def count(call, status=200):
        context.forget_tenants()  # remembered for 30 s, which end in the middle of a slow test
        with context.public_schema():
            context.active_tenant("acme")
            context.tenant_of_host(HOST)
        with CaptureQueriesContext(connection) as statements:
            assert call().status_code == status
        return len(statements)

    return count


@pytest.fixture(scope="session")
def demo_server(django_db_setup, django_db_blocker):
    """A server process with the demo tenants, whose data really is committed."""
    with django_db_blocker.unblock():
        call_command("load_demo")
    server = live.start_server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def demo_admin(demo_server):
    password = os.environ["QUALIFORMA_DEMO_PASSWORD"]
    return live.log_in(demo_server.base, "qualiforma-demo", "admin@qualiforma.fr", password)
