"""What is being made in a folder is gone with its process: at the latest when the next one comes."""

import re
import subprocess
import sys
from contextlib import contextmanager

from qualiforma.backups.organisations import beside
from qualiforma.backups.places import new_folder
from qualiforma.folders import scratch_folder
from tests.live import ROOT

MAKES_ONE = """
import sys, time
from pathlib import Path
from qualiforma.folders import scratch_folder
with scratch_folder(Path(sys.argv[1]), sys.argv[2], leavings=f"{sys.argv[2]}*") as folder:
    (folder / "half").write_text("Jeanne")
    print(folder, flush=True)
    time.sleep(600)
"""


@contextmanager
def making(parent, prefix):
    """Another process that has a folder there, and is killed at the end."""
    words = [sys.executable, "-c", MAKES_ONE, parent, prefix]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def names(parent):
    return sorted(str(one) for one in parent.iterdir())


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_makes_is_not(tmp_path):
    with making(tmp_path, "new-") as killed:
        pass
    assert names(tmp_path) == [killed]
    with making(tmp_path, "new-") as living:
        assert names(tmp_path) == [living]
        with scratch_folder(tmp_path, "new-", leavings="new-*") as own:
            assert names(tmp_path) == sorted([living, str(own)])
        assert names(tmp_path) == [living]


def test_one_that_was_given_its_name_stays(tmp_path):
    with scratch_folder(tmp_path, "new-", leavings="new-*") as folder:
        folder.rename(tmp_path / "made")
    assert names(tmp_path) == [str(tmp_path / "made")]


def test_the_next_backup_removes_what_a_killed_one_left(tmp_path):
    with making(tmp_path, ".partial-qualiforma-20260101-"):
        pass
    with new_folder(str(tmp_path), "qualiforma-20260102"):
        assert len(names(tmp_path)) == 1
    assert names(tmp_path) == [str(tmp_path / "qualiforma-20260102")]


def test_the_next_export_to_the_same_file_does(tmp_path):
    with making(tmp_path, ".acme.qf-"), making(tmp_path, ".other.qf-") as of_another:
        pass
    with beside(tmp_path / "acme.qf") as folder:
        assert names(tmp_path) == sorted([of_another, str(folder)])


PRODUCT = ("qualiforma", "improvements", "compliance", "actionplans")
# Django's and Python's own, which a killed process leaves for good where it has a name.
OTHERS = re.compile(r"\b(TemporaryDirectory|NamedTemporaryFile)\b")


def test_nothing_is_made_in_a_folder_that_nobody_would_remove():
    files = [file for name in PRODUCT for file in (ROOT / name).rglob("*.py")]
    assert [str(file) for file in files if OTHERS.search(file.read_text("utf-8"))] == []
