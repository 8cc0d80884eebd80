"""The commands: what they write, print, note in the trail and end with."""

import os
import signal
import subprocess
import sys
import zipfile

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from qualiforma.bundle import services
from tests import forks
from tests.bundles import Unpacked, pdf_text
from tests.improvements.factories import make_attachment, make_complaint, make_plan
from tests.qualiforma.audit.entries import clear, last_seq, since
from tests.qualiforma.training.factories import make_enrollment

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
COMMANDS = ("export_audit_bundle", "export_learner_file", "export_register")


def run(*words):
    """Return the command's exit status."""
    try:
        call_command(*map(str, words))
    except SystemExit as end:
        return end.code
    except CommandError as error:
        return error.returncode
    return 0


def manage(*words, **more):
    """Run a command as a process of its own, on what is committed."""
    return forks.run("manage.py", *map(str, words), **more)


def test_a_complete_bundle(acme, tmp_path, capsys):
    make_complaint()
    before = last_seq()
    target = tmp_path / "a.zip"
    words = ("--tenant", "acme", "--recipient", "Certificateur", "--output", target)
    assert run("export_audit_bundle", *words) == 0
    assert run("verify_audit_bundle", target) == 0
    said = capsys.readouterr()
    assert "complet" in said.out
    assert "intact, " in said.out
    [entry] = since(before)
    noted = clear(entry)
    assert entry.action == "bundle.bundle.exported"
    assert noted["after.sha256"] in said.out
    assert noted["after.recipient"] == "Certificateur"
    assert noted["after.names"] is False
    assert run("export_audit_bundle", *words) == 2  # it is there


def test_an_incomplete_bundle(acme, tmp_path, capsys):
    make_attachment(make_plan(status="IN_PROGRESS"))
    before = last_seq()
    words = ("export_audit_bundle", "--tenant", "acme", "--names", "--reason", "Vu", "--output")
    assert run(*words, tmp_path) == 3
    [written] = tmp_path.iterdir()
    assert "n’est plus dans le stockage" in Unpacked(written).files["MANQUES.txt"].decode()
    assert "manque : Fichier att_" in capsys.readouterr().out
    [entry] = since(before)
    assert clear(entry)["reason"] == "Vu"
    assert run(*words, tmp_path / "b.zip", "--dry-run") == 3
    assert len(list(tmp_path.iterdir())) == 1
    assert len(since(before)) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--tenant", "nobody"),
        ("--tenant", "acme", "--names"),
        ("--tenant", "acme", "--from", "2026-03-01", "--to", "2026-02-01"),
        ("--tenant", "acme", "--to", "2999-01-01"),
        ("--tenant", "acme", "--seed", "7"),
        ("--tenant", "acme", "--sample", "100000"),
        ("--tenant", "acme", "--enrollment", "enr_nobody"),
        ("--tenant", "acme", "--head", "999999999"),
        ("--all-tenants", "--output", "/nowhere/at/all"),
    ],
)
def test_what_cannot_be_asked(acme, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    assert run("export_audit_bundle", *words) == 2
    assert list(tmp_path.iterdir()) == []


def test_all_tenants_goes_on_after_a_failure(acme, tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "taken.zip", "w"):
        pass
    words = ("export_audit_bundle", "--all-tenants", "--from", "2026-01-01", "--output", tmp_path)
    assert run(*words) in {0, 3}  # organisations of other tests may lack something
    [one] = tmp_path.glob("qualiopi-acme-*.zip")
    for other in tmp_path.glob("qualiopi-globex-*.zip"):
        other.unlink()
    assert run(*words) == 1  # acme's is there
    assert len(list(tmp_path.glob("qualiopi-globex-*.zip"))) == 1
    said = capsys.readouterr().out
    assert "acme : échec : " in said
    assert one.exists()


def test_a_learners_file(acme, tmp_path):
    enrollment = make_enrollment(id="enr_one")
    before = last_seq()
    words = ("export_learner_file", "--tenant", "acme", "--output", tmp_path)
    assert run(*words, "--enrollment", "enr_one") == 0
    [written] = tmp_path.iterdir()
    assert run("verify_audit_bundle", written) == 0
    assert f"apprenants/{enrollment.pk}/attendu-trouve.csv" in Unpacked(written).files
    assert [one.action for one in since(before)] == ["bundle.learner_file.exported"]
    assert run(*words, "--enrollment", "enr_../none") == 2


@pytest.mark.parametrize("form", ["xlsx", "csv", "pdf"])
def test_a_register(acme, tmp_path, form):
    make_complaint(subject="=1+1")
    before = last_seq()
    target = tmp_path / f"a.{form}"
    words = ("--tenant", "acme", "--register", "complaints", "--format", form, "--output", target)
    assert run("export_register", *words) == 0
    if form == "xlsx":
        [sheet] = load_workbook(target).worksheets
        assert (sheet["B2"].value, sheet["B2"].data_type) == ("=1+1", "s")
    elif form == "pdf":
        shown = pdf_text(target.read_bytes())
        assert "=1+1" in shown
        assert "Réclamations" in shown
    else:
        assert "'=1+1" in target.read_text("utf-8-sig")
    [entry] = since(before)
    assert clear(entry)["after.register"] == "complaints"
    assert run("export_register", *words) == 2


def test_a_register_that_is_too_long_to_print(acme, tmp_path, monkeypatch):
    monkeypatch.setattr(services, "PRINTED_MAX", 1)
    make_complaint()
    make_complaint()
    words = ("--tenant", "acme", "--register", "complaints", "--format", "pdf")
    with pytest.raises(CommandError, match="--format : Plus de 1 fiches") as refused:
        call_command("export_register", *words, "--output", str(tmp_path / "a.pdf"))
    assert refused.value.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_damaged_bundle_is_reported(acme, tmp_path, capsys):
    target = tmp_path / "a.zip"
    run("export_audit_bundle", "--tenant", "acme", "--output", target)
    content = bytearray(target.read_bytes())
    content[100] ^= 1
    target.write_bytes(content)
    assert run("verify_audit_bundle", target) == 1
    assert "BROKEN " in capsys.readouterr().out
    target.write_text("no archive")
    assert run("verify_audit_bundle", target) == 2
    assert run("verify_audit_bundle", tmp_path / "none.zip") == 2


def test_a_full_disk_leaves_nothing(acme, tmp_path):
    limited = f"ulimit -f 8; exec {sys.executable} manage.py export_audit_bundle --tenant acme"
    program = ["/bin/bash", "-c", f"{limited} --output {tmp_path}/a.zip"]
    # Without coverage, whose own file would not be written either.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(program, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "n’a pas pu être écrit" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_export_leaves_goes_at_the_next(acme, tmp_path):
    slow = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from qualiforma.bundle.archive import Archive\n"
        "with Archive(Path(sys.argv[1]), 'root') as archive:\n"
        "    with archive.file('a.csv') as file:\n"
        "        file.write(b'half')\n"
        "        print('writing', flush=True)\n"
        "        time.sleep(60)\n"
    )
    target = tmp_path / "a.zip"
    child = subprocess.Popen([sys.executable, "-c", slow, target], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"writing\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert [one.name for one in tmp_path.iterdir()] == [".a.zip.partial"]
    assert run("export_audit_bundle", "--tenant", "acme", "--output", tmp_path / "b.zip") == 0
    assert [one.name for one in tmp_path.iterdir()] == ["b.zip"]


def test_processes_end_with_the_documented_statuses(acme, tmp_path):
    target = tmp_path / "a.zip"
    run("export_audit_bundle", "--tenant", "acme", "--output", target)
    checked = manage("verify_audit_bundle", target, env={**os.environ, "DATABASE_URL": NOWHERE})
    assert (checked.returncode, checked.stderr) == (0, "")
    dry = manage("export_audit_bundle", "--tenant", "globex", "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert manage("export_audit_bundle", "--tenant", "globex", "--output", target).returncode == 2
    assert manage("export_audit_bundle", "--tenent", "globex").returncode == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_examples_and_statuses(name):
    said = manage(name, "--help").stdout
    assert "example" in said
    assert "exit status:" in said
    assert "YYYY-MM-DD" in said
