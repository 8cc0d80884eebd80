"""The product on a real cluster of Citus: coordinator, two nodes at least, roles made beforehand.

`CITUS_DATABASE_URL` and `CITUS_OWNER_URL` name the coordinator as the application and as the owner;
the database is empty. Without them this is not run, and says so.
"""

import json
import os
import secrets

import pytest

from tests.qualiforma.tenants.processes import run_python

URL, OWNER = os.environ.get("CITUS_DATABASE_URL"), os.environ.get("CITUS_OWNER_URL")
pytestmark = [
    pytest.mark.long,
    pytest.mark.process,
    pytest.mark.skipif(not (URL and OWNER), reason="not run: CITUS_DATABASE_URL names no cluster"),
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


class Cluster:
    """Commands and code of the product, run on the cluster."""

    def __init__(self, home):
        self.environment = {
            "DATABASE_URL": URL,
            "DATABASE_OWNER_URL": OWNER,
            "QUALIFORMA_HOME": str(home),
            "QUALIFORMA_SECRET_KEY": secrets.token_hex(24),
            "QUALIFORMA_SHARDED": "true",
        }

    def python(self, script, **more):
        return run_python(script, seconds=1200, **self.environment | more)

    def manage(self, *words, **more):
        return self.python(f"import manage, sys\nsys.argv[1:] = {words!r}\nmanage.main()", **more)

    def does(self, *words):
        done = self.manage(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def nodes(self):
        return {one["slug"]: one["node"] for one in json.loads(self.does("list_tenants", "--json"))}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("sharded"))
    cluster.does("migrate_tenants")
    for slug in SLUGS:
        cluster.does("create_tenant", slug, "--name", slug)
    yield cluster
    for slug in SLUGS:
        cluster.does("delete_tenant", slug, "--confirm", slug)


def test_organisations_lie_on_nodes(cluster):
    assert all(cluster.nodes()[slug] for slug in SLUGS)
    assert "serve" not in cluster.manage("serve", "--check").stderr


def test_the_trail_says_who_did_what_by_which_way_and_verifies(cluster):
    done = cluster.python(WRITE.format(slugs=SLUGS))
    assert done.stdout.splitlines() == ["api accounts.user.created"] * 2, done.stderr
    cluster.does("verify_audit_trail", "--all-tenants", "--records")


def test_an_organisation_is_moved_with_its_trail(cluster):
    slug, other = SLUGS
    before, head = cluster.nodes(), cluster.does("audit_head", "--tenant", slug)
    target = next(node for node in sorted({*before.values(), before[other]} - {"", before[slug]}))
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
