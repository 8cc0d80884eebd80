"""Files made to exhaust their reader: refused within bounds that the kernel holds."""

import pytest

from tests import forks
from tests.qualiforma.training.bombs import MAKERS

HARMLESS = {"spaces.ods"}  # two billion spaces that are said to be there, and are not made


@pytest.mark.parametrize("form", MAKERS)
def test_bombs_are_refused_in_little_memory_and_time(tmp_path, form):
    MAKERS[form](tmp_path)
    done = forks.run("-m", "tests.qualiforma.training.bombs", str(tmp_path), seconds=600)
    assert done.returncode == 0, (done.stdout, done.stderr[-2000:])
    told = dict(line.partition(": ")[::2] for line in done.stdout.splitlines())
    assert set(told) == {path.name for path in tmp_path.iterdir()}
    assert {name for name, why in told.items() if why == "read"} <= HARMLESS
