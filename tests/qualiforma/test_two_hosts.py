"""Two hosts with disks of their own and one bucket: every call may go to either."""

import pytest
import requests

from qualiforma.provisioning import storage_mark
from qualiforma.tenants.models import StorageMark
from tests.files import PDF
from tests.live import log_in, start_server, wait_until
from tests.qualiforma.test_storage_mark import readiness

TENANT = "qualiforma-demo"
LISTS = (
    "improvement-plans",
    "audit-events",
    "complaints",
    "companies",
    "courses",
    "enrollments",
    "needs-analysis",
    "evidence",
    "users",
)
COMPLAINT = {"subject": "Deux serveurs", "channel": "FORM", "complainantRole": "LEARNER"}


@pytest.fixture
def hosts(demo_server, demo_admin, bucket, tmp_path, django_db_blocker):
    with django_db_blocker.unblock():
        StorageMark.objects.all().delete()
    common = {
        "WEB_WORKERS": "1",
        "QUALIFORMA_LOG_LEVEL": "WARNING",
        "QUALIFORMA_S3_BUCKET": bucket["bucket_name"],
        "QUALIFORMA_S3_ENDPOINT": bucket["endpoint_url"],
        "QUALIFORMA_S3_REGION": bucket["region_name"],
    }
    homes = [str(tmp_path / name) for name in ("one", "two")]
    servers = [start_server(QUALIFORMA_HOME=home, **common) for home in homes]
    yield servers
    for server in servers:
        server.stop()
    with django_db_blocker.unblock():
        StorageMark.objects.all().delete()
    storage_mark._known.clear()


def fetched(server, link):
    """Follow a link to a file at the host that is asked."""
    path = "/" + link.split("/", 3)[3]
    answer = requests.get(server.base + path, timeout=60)
    return answer.status_code, answer.content


def upload(server, plan, name, token):
    url = f"{server.base}/api/v1/improvement-plans/{plan}/attachments"
    headers = {"X-Tenant-ID": TENANT, "Authorization": f"Bearer {token}"}
    return requests.post(url, files={"file": (name, PDF)}, headers=headers, timeout=60)


class Mixed:
    """One round of calls, each at the other host than the one before; counts them."""

    def __init__(self, servers, admin):
        self.servers, self.calls = servers, 0
        self.wrong: list[object] = []
        self.token = admin.token
        self.callers = [type(admin)(one.base, TENANT, admin.token, 5) for one in servers]

    def call(self, wanted, method, path, body=None):
        self.calls += 1
        caller = self.callers[self.calls % 2]
        status, answer = caller(method, path, body)
        if status != wanted:
            self.wrong.append((caller.base, method, path, status, answer))
            return {}
        return answer["data"] if answer else {}

    def check(self, is_right, what):
        self.calls += 1
        if not is_right:
            self.wrong.append(what)

    def round(self, number):
        made = self.call(201, "POST", "complaints", COMPLAINT)
        found = self.call(200, "GET", f"complaints/{made.get('id')}")
        self.check(found == made, ("read at the other host", made, found))
        plan = self.call(201, "POST", "improvement-plans", PLAN)
        taken = upload(self.servers[number % 2], plan.get("id"), f"{number}.pdf", self.token)
        self.check(taken.status_code == 201, taken.text)
        file = taken.json().get("data", {})
        link = file.get("url", "http://x/y")
        for server in self.servers:
            self.check(fetched(server, link) == (200, PDF), (server.base, link))
        # Its content is in a bucket that no other test has: what is exported later would miss it.
        path = f"improvement-plans/{plan.get('id')}/attachments/{file.get('id')}"
        self.call(204, "DELETE", path)
        for path in LISTS:
            self.call(200, "GET", path)


PLAN = {
    "title": "Deux serveurs",
    "description": "Un plan de plus.",
    "trigger": "FEEDBACK",
    "targetDate": "2027-12-31",
    "owner": "usr_admin01",
    "indicators": [32],
}


@pytest.mark.parametrize("calls", [150, pytest.param(5_000, marks=pytest.mark.long)])
def test_every_call_may_go_to_either(hosts, demo_admin, calls):
    for server in hosts:
        wait_until(lambda at=server: readiness(at)[1].get("sharedStorage") == "ok")
    admin = log_in(hosts[0].base, TENANT, "admin@qualiforma.fr", "mot-de-passe-de-test")
    mixed, number = Mixed(hosts, admin), 0
    while mixed.calls < calls:
        mixed.round(number)
        number += 1
    assert mixed.wrong == []
