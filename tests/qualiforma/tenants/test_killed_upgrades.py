"""An upgrade of many organisations killed with -9 at many points: the next try finishes it, nobody is half."""

import pytest

from qualiforma.provisioning import readiness, services, upgrades
from tests.qualiforma.tenants.catalogue import catalogue
from tests.qualiforma.tenants.processes import run_python

pytestmark = pytest.mark.usefixtures("committed")
# A child per point, forked from a process that has done what is slow; it kills itself at its n-th statement.
SCRIPT = """
import signal
from django.db import connection, connections
from django.db.backends.utils import CursorWrapper
from qualiforma.provisioning import upgrades
from qualiforma.tenants.owner import as_owner
schemas, points, killed = {schemas!r}, {points!r}, 0
execute = CursorWrapper.execute

def undo():
    with as_owner(), connection.cursor() as cursor:
        for schema in schemas:
            cursor.execute(f"DELETE FROM {{schema}}.django_migrations WHERE app = 'retries'")
            cursor.execute(f"DROP TABLE IF EXISTS {{schema}}.retries_keptanswer")

def upgrade(point):
    left = iter(range(point))
    def counted(*args, **kwargs):
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*args, **kwargs)
    CursorWrapper.execute = counted
    upgrades.migrate_everything()
    os._exit(0)

for point in points:
    undo()
    connections.close_all()
    if not os.fork():
        upgrade(point)
    killed += os.wait()[1] == signal.SIGKILL
    failed = upgrades.migrate_everything()
    assert not failed and not upgrades.tenants_behind(), (point, failed)
print(killed)
"""


@pytest.mark.parametrize(
    ("tenants", "points"), [(4, 12), pytest.param(100, 30, marks=pytest.mark.long)]
)
def test_the_next_try_finishes(tenants, points):
    made = [services.create_tenant(slug=f"many-{n}", name="M") for n in range(tenants)]
    whole = structure(made[0].schema_name)
    last = 40 * tenants
    numbers = [1 + last * n // points for n in range(points)]
    script = SCRIPT.format(schemas=[one.schema_name for one in made], points=numbers)
    done = run_python(script, seconds=3000)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) >= points // 2
    readiness.forget_readiness()
    assert upgrades.tenants_behind() == []
    for one in made:
        assert structure(one.schema_name) == whole


def structure(schema):
    """Return all but what trying again leaves: the numbers of rows in the list of migrations."""
    found = catalogue(schema)
    return {name: found[name] for name in found if name not in {"migrations", "sequences"}}
