"""The product's commands and a server of it on a real cluster of Citus.

`CITUS_DATABASE_URL` names its coordinator, which has two nodes at least (`tests/sharded/addresses.py`).
Without it this is not run, and says so. What each page and endpoint does there: `test_modules.py`.
"""

import json
import os
import secrets
import urllib.request
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from tests.cast import PASSWORD
from tests.live import log_in, start_server
from tests.qualiforma.tenants.processes import run_python
from tests.sharded.addresses import NOT_RUN, addresses, is_named

pytestmark = [
    pytest.mark.long,
    pytest.mark.process,
    pytest.mark.skipif(not is_named(), reason=NOT_RUN),
]
SLUGS = ("shard-one", "shard-two")
WRITE = """
from qualiforma.accounts.services import create_user
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.sources import Source, set_default_source
from qualiforma.tenants.context import get_tenant, tenant_context
set_default_source(Source.API)
for slug in {slugs!r}:
    with tenant_context(get_tenant(slug)):
        user = create_user(email="a@x.fr", name="Ada", role="ADMIN", password="correct-horse-battery")
        entry = AuditEvent.objects.get(object_id=user.pk)
        print(entry.door, entry.action)
"""


DEMO = "qualiforma-demo"
MADE = (*SLUGS, DEMO, "votre-tenant", "shard-old", "shard-back")
OF_MODULES = ("acme", "globex")  # `test_modules.py` leaves them
DEMO_ADMIN = "admin@qualiforma.fr"
COMPANIES = "Raison sociale;SIRET\nAtelier Citus;\nAtelier Nœud;\n"
# As an organisation of before the sharded mode: on the coordinator alone.
TAKEN = """
from qualiforma.provisioning import services, templates
from qualiforma.tenants.context import tenant_context
from qualiforma.accounts.services import create_user
templates.is_on_node = lambda schema: False
with tenant_context(services.create_tenant(slug="shard-old", name="Ancienne")):
    create_user(email="a@x.fr", name="Ada", role="ADMIN", password={password!r})
"""
PLAN = {
    "title": "Accueil",
    "trigger": "AUDIT",
    "owner": None,
    "targetDate": "2031-01-31",
}


class Cluster:
    """Commands and code of the product, run on the cluster."""

    def __init__(self, home):
        self.environment: dict[str, Any] = {
            "DATABASE_URL": addresses().application,
            "DATABASE_OWNER_URL": addresses().owner,
            "QUALIFORMA_HOME": str(home),
            "QUALIFORMA_SECRET_KEY": secrets.token_hex(24),
            "QUALIFORMA_SHARDED": "true",
            "QUALIFORMA_METRICS": "true",
        }
        self.plain = {name: os.environ[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
        self.plain |= {"QUALIFORMA_SHARDED": "false", "QUALIFORMA_HOME": f"{home}-plain"}

    def python(self, script, **more):
        return run_python(script, seconds=1200, **self.environment | more)

    def manage(self, *words, **more):
        return self.python(f"import manage, sys\nsys.argv[1:] = {words!r}\nmanage.main()", **more)

    def does(self, *words, **more):
        done = self.manage(*words, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def tenants(self):
        return {one["slug"]: one for one in json.loads(self.does("list_tenants", "--json"))}

    def nodes(self):
        return {slug: one["node"] for slug, one in self.tenants().items()}

    def all_nodes(self):
        done = self.python(
            "from qualiforma.tenants.sharding import nodes\nprint(*nodes())",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    def head(self, slug, **more):
        return self.does("audit_head", "--tenant", slug, **more)

    @contextmanager
    def server(self):
        server = start_server(**self.environment)
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("sharded"))
    cluster.does("migrate_tenants")
    for slug in set(SLUGS) - set(cluster.tenants()):  # of a run that was cut off
        cluster.does("create_tenant", slug, "--name", slug)
    cluster.does("load_demo")
    yield cluster
    for slug in set(MADE) & set(cluster.tenants()):
        cluster.does("delete_tenant", slug, "--confirm", slug)


def test_organisations_lie_on_nodes(cluster):
    found = cluster.tenants()
    assert all(found[slug]["node"] for slug in (*SLUGS, DEMO))
    assert {found[slug]["node_state"] for slug in (*SLUGS, DEMO)} == {"up"}
    assert "serve" not in cluster.manage("serve", "--check").stderr


def test_the_trail_says_who_did_what_by_which_way_and_verifies(cluster):
    done = cluster.python(WRITE.format(slugs=SLUGS))
    assert done.stdout.splitlines() == ["api accounts.user.created"] * 2, done.stderr
    cluster.does("verify_audit_trail", "--all-tenants", "--records")


def test_an_organisation_is_moved_with_its_trail(cluster):
    slug = SLUGS[0]
    before, head = cluster.nodes(), cluster.does("audit_head", "--tenant", slug)
    target = next(node for node in sorted(cluster.all_nodes()) if node != before[slug])
    cluster.does("move_tenant", slug, target, "--dry-run")
    assert cluster.nodes() == before
    cluster.does("move_tenant", slug, target)
    assert cluster.nodes()[slug] == target
    assert cluster.does("audit_head", "--tenant", slug) == head
    assert "organisations would be moved" in cluster.does("rebalance_tenants", "--dry-run")


def test_settings_that_do_not_fit_the_database_are_refused(cluster):
    done = cluster.manage("serve", "--check", QUALIFORMA_SHARDED="false")
    assert done.returncode == 2
    assert "QUALIFORMA_SHARDED=true" in done.stderr


def test_a_server_works_there_and_names_the_nodes(cluster):
    """An import with its trial, actions, refusals and metrics, each in a transaction of its own."""
    with cluster.server() as server:
        admin = log_in(server.base, DEMO, DEMO_ADMIN, os.environ["QUALIFORMA_DEMO_PASSWORD"])
        me = admin("GET", "auth/me")[1]["data"]["id"]
        status, made = admin("POST", "improvement-plans", PLAN | {"owner": me})
        assert status == 201, made
        status, refused = admin("POST", "improvement-plans", PLAN | {"owner": "usr_nobody"})
        assert status in {400, 404, 422}, refused
        path = f"improvement-plans/{made['data']['id']}"
        assert admin("GET", path)[1]["data"]["title"] == PLAN["title"]
        with urllib.request.urlopen(f"{server.base}/metrics") as answer:
            text = answer.read().decode()
    for node in set(cluster.nodes().values()) - {""}:
        assert f'qualiforma_node_up{{node="{node}"}} 1.0' in text


def test_commands_read_and_check_everything(cluster, tmp_path):
    tenant = ("--tenant", DEMO)
    cluster.does("check_audit_guards", *tenant)
    cluster.does("verify_audit_trail", *tenant, "--records")
    cluster.does("verify_files", *tenant)
    cluster.does("send_reminders", *tenant)
    # Without names, files that may tell of people are left out, and the bundle is not complete.
    bundle = ("--names", "--reason", "Essai", "--output", str(tmp_path / "bundle.zip"))
    cluster.does("export_audit_bundle", *tenant, *bundle)
    (tmp_path / "companies.csv").write_text(COMPANIES, encoding="utf-8")
    cluster.does("import_records", "companies", str(tmp_path / "companies.csv"), *tenant)
    person = (*tenant, "--person", DEMO_ADMIN, "--by", DEMO_ADMIN, "--reason", "Demande écrite")
    cluster.does("export_person", *person, "--output", str(tmp_path / "person.zip"))


def test_an_organisation_of_before_is_taken_in(cluster):
    done = cluster.python(TAKEN.format(password=PASSWORD))
    assert done.returncode == 0, done.stderr
    assert cluster.nodes()["shard-old"] == ""
    head = cluster.head("shard-old")
    assert cluster.does("distribute_tenants", "--tenant", "shard-old").split() == ["shard-old"]
    assert cluster.nodes()["shard-old"]
    assert cluster.head("shard-old") == head
    cluster.does("check_audit_guards", "--tenant", "shard-old")
    cluster.does("verify_audit_trail", "--tenant", "shard-old", "--records")


def test_an_organisation_leaves_the_cluster_and_comes_back(cluster, tmp_path):
    out, back = str(tmp_path / "out.zip"), str(tmp_path / "back.zip")
    cluster.does("export_tenant", DEMO, out)
    cluster.does("import_tenant", out, "--slug", "shard-back", **cluster.plain)
    try:
        cluster.does("verify_audit_trail", "--tenant", "shard-back", "--records", **cluster.plain)
        cluster.does("export_tenant", "shard-back", back, **cluster.plain)
        head = cluster.head("shard-back", **cluster.plain)
    finally:
        cluster.does("delete_tenant", "shard-back", "--confirm", "shard-back", **cluster.plain)
    cluster.does("delete_tenant", DEMO, "--confirm", DEMO)
    cluster.does("import_tenant", back, "--slug", "shard-back")
    assert cluster.nodes()["shard-back"]
    assert cluster.head("shard-back") == head
    cluster.does("verify_audit_trail", "--tenant", "shard-back", "--records")
    cluster.does("verify_files", "--tenant", "shard-back")


def test_everything_is_backed_up_and_restored_into_the_cluster(cluster, tmp_path):
    """Onto nodes again, each with the same trail; nothing else may lie in the database."""
    cluster.does("backup", "--output", str(tmp_path))
    [folder] = tmp_path.iterdir()
    cluster.does("verify_backup", str(folder))
    before = set(cluster.tenants())
    heads = {slug: cluster.head(slug) for slug in SLUGS}
    assert before <= {*MADE, *OF_MODULES}, f"others' organisations are in this database: {before}"
    for slug in before:
        cluster.does("delete_tenant", slug, "--confirm", slug)
    cluster.does("restore", str(folder), "--reason", "Essai")
    found = cluster.nodes()
    assert set(found) == before
    assert all(found[slug] for slug in SLUGS)
    assert {slug: cluster.head(slug) for slug in SLUGS} == heads
    cluster.does("verify_audit_trail", "--all-tenants", "--records")
    cluster.does("check_audit_guards", "--all-tenants")


def test_one_is_moved_while_it_is_used(cluster):
    slug = "votre-tenant"
    here, found, over = cluster.nodes()[slug], [], Event()
    target = next(node for node in sorted(cluster.all_nodes()) if node != here)
    with cluster.server() as server:
        admin = log_in(server.base, slug, DEMO_ADMIN, os.environ["QUALIFORMA_DEMO_PASSWORD"])
        plan = PLAN | {"owner": admin("GET", "auth/me")[1]["data"]["id"]}

        def work():
            while not over.is_set():
                found.append(admin("POST", "improvement-plans", plan)[0])
                found.append(admin("GET", "improvement-plans")[0])

        clients = [Thread(target=work) for _ in range(3)]
        for client in clients:
            client.start()
        try:
            cluster.does("move_tenant", slug, target)
        finally:
            over.set()
            for client in clients:
                client.join()
    assert set(found) == {200, 201}
    assert cluster.nodes()[slug] == target
    cluster.does("verify_audit_trail", "--tenant", slug, "--records")
