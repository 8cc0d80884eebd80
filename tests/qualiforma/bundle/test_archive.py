"""The archive by itself: same bytes, nothing half-written, every flipped byte found."""

import ast
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qualiforma.bundle import verify_bundle
from qualiforma.bundle.archive import PATH_MAX, Archive, BusyError, remove_leavings, segment
from qualiforma.bundle.scope import Wish, settle
from qualiforma.bundle.services import VERIFIERS, build_bundle, write_archive
from qualiforma.ids import new_id
from tests.improvements.factories import make_complaint


@pytest.fixture
def scope(acme):
    make_complaint()
    return settle(Wish(since=date(2026, 1, 1), audit_day=date(2026, 12, 1)))


def build(scope, folder, name="a.zip"):
    """An archive of one table, the trail aside."""

    def write(contents):
        with contents.file("plans/imp_1/historique.csv") as file:
            file.write("\ufeffDate;Fait\r\n".encode())

    return write_archive(
        scope, folder / name, write, progress=lambda name, count: None, record=None
    )


def faults(path):
    return verify_bundle.verify(str(path)).faults


def test_a_bundle_checks_itself_packed_and_unpacked(scope, tmp_path):
    built = build_bundle(scope, tmp_path / "b.zip")
    assert faults(built.path) == []
    with zipfile.ZipFile(built.path) as whole:
        whole.extractall(tmp_path)
        assert all(len(one) < 120 and one.isascii() for one in whole.namelist())
    root = tmp_path / scope.root
    program = [sys.executable, "-S", "-B", root / "integrite/verify_bundle.py"]
    done = subprocess.run(program, capture_output=True, text=True, cwd="/", env={}, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("intact, ")
    sums = subprocess.run(
        ["/usr/bin/sha256sum", "-c", "integrite/SHA256SUMS"], cwd=root, check=False
    )
    assert sums.returncode == 0


def test_verifiers_are_read_by_python_3_8():
    for module in VERIFIERS:
        ast.parse(Path(str(module.__file__)).read_text(), feature_version=(3, 8))


def test_each_flipped_byte_is_found(scope, tmp_path):
    content = bytearray(build(scope, tmp_path).path.read_bytes())
    other = tmp_path / "other.zip"
    unseen = []
    # Every byte of the first file and of the ends, and some between.
    places = {*range(200), *range(0, len(content), 97), *range(len(content) - 700, len(content))}
    for place in sorted(places):
        content[place] ^= 0x20
        other.write_bytes(content)
        content[place] ^= 0x20
        try:
            if not faults(other):
                unseen.append(place)
        except verify_bundle.UNREADABLE:
            pass
    assert unseen == []


def test_changed_files_are_named(scope, tmp_path):
    with zipfile.ZipFile(build_bundle(scope, tmp_path / "b.zip").path) as whole:
        whole.extractall(tmp_path)
    root = tmp_path / scope.root
    changed = root / "integrite/verify_trail.py"
    changed.write_bytes(changed.read_bytes().replace(b"chain", b"chaiN", 1))
    (root / "added.txt").write_text("")
    assert {one.split(":")[0] for one in faults(root)} == {
        "added.txt",
        "integrite/verify_trail.py",
    }
    (root / "added.txt").unlink()
    changed.unlink()
    assert {one.split(":")[0] for one in faults(root)} == {"integrite/verify_trail.py"}


def test_an_altered_entry_of_the_trail_is_named(scope, tmp_path):
    with zipfile.ZipFile(build_bundle(scope, tmp_path / "b.zip").path) as whole:
        whole.extractall(tmp_path)
    journal = tmp_path / scope.root / verify_bundle.JOURNAL
    lines = journal.read_text().splitlines(keepends=True)
    lines[-1] = lines[-1].replace('\\"operation\\": \\"INSERT', '\\"operation\\": \\"UPDATE')
    journal.write_text("".join(lines))
    found = [one for one in faults(tmp_path / scope.root) if "sequence" in one]
    assert found == [
        f"integrite/journal.jsonl: sequence {scope.head[0]}: the sealed text was changed"
    ]


def test_wrong_counts_are_found(scope, tmp_path):
    def write(contents):
        contents.csv("registres/x.csv", [], [["1"], ["2"]])
        contents.archive.note_rows(3)

    built = write_archive(
        scope, tmp_path / "a.zip", write, progress=lambda name, count: None, record=None
    )
    assert faults(built.path) == ["registres/x.csv: has not the 3 rows counted"]


def test_nothing_is_left_when_it_fails(scope, tmp_path):
    def write(contents):
        with contents.file("plans/a.csv") as file:
            file.write(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_archive(
            scope, tmp_path / "a.zip", write, progress=lambda name, count: None, record=None
        )
    assert list(tmp_path.iterdir()) == []


def test_leavings_go_unless_somebody_writes_them(scope, tmp_path):
    left = tmp_path / ".dead.zip.partial"
    left.mkdir()
    (left / "lock").touch()
    (left / "bundle").write_text("half")
    with Archive(tmp_path / "a.zip", "root") as archive:
        assert not left.exists()
        remove_leavings(tmp_path)
        assert archive.folder.exists()
        with pytest.raises(BusyError), Archive(tmp_path / "a.zip", "root"):
            pass
        assert archive.folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_paths_are_short_plain_and_never_anothers():
    assert segment("imp_66f0c1") == "imp_66f0c1"
    names = [segment(one) for one in ("imp_A", "imp_a", "imp_" + "x" * 76, "imp_" + "x" * 75)]
    assert len(set(names)) == 4
    assert all(one == one.lower() and len(one) <= 40 for one in names)
    assert segment("att_1.pdf") == "att_1.pdf"


def test_an_existing_file_is_not_replaced(scope, tmp_path):
    target = tmp_path / "a.zip"
    target.write_text("mine")
    with pytest.raises(FileExistsError):
        build(scope, tmp_path)
    assert target.read_text() == "mine"
    shutil.rmtree(tmp_path)


def test_a_files_path_of_ids_and_the_longest_name_of_an_organisation_fits(scope):
    longest = replace(scope, tenant="organisme-de-formation-du-sud").root
    plan, file = new_id("imp"), new_id("att")
    path = f"plans/{segment(plan)}/pieces/{segment(file + '.docx')}"
    assert len(f"{longest}/{path}") <= PATH_MAX
    # Windows, where the archive's name is a folder too, below the one for downloads.
    assert len(rf"C:\Users\prenom.nom-compose\Downloads\{longest}") + 1 + PATH_MAX < 260
