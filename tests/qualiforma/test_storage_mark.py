"""Servers that keep files on disks of their own do not pass for one installation."""

import json
import urllib.error
import urllib.request

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError

from qualiforma.provisioning import storage_mark
from qualiforma.server.preflight import warn_of_other_storage
from qualiforma.tenants.models import StorageMark
from tests.cast import Client
from tests.live import start_server, wait_until


@pytest.fixture(autouse=True)
def unmarked(django_db_setup, django_db_blocker):
    """No server has made a mark; those of other tests' find theirs again in their storage."""
    storage_mark._known.clear()
    with django_db_blocker.unblock():
        StorageMark.objects.all().delete()
        yield
        StorageMark.objects.all().delete()
    storage_mark._known.clear()
    storage_mark._known.clear()


@pytest.fixture
def at(settings, tmp_path):
    """Move this process to another disk."""

    def move(name):
        options = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
        settings.STORAGES = settings.STORAGES | {
            "default": options | {"OPTIONS": {"location": tmp_path / name}}
        }

    return move


def shared():
    return Client(None).get("/readyz").json()["checks"]["sharedStorage"]


def test_the_second_disk_is_another(db, at, capfd):
    at("first")
    assert shared() == "ok"  # no server has run yet
    assert not warn_of_other_storage()
    assert shared() == "ok"
    at("second")
    assert warn_of_other_storage()
    said = capfd.readouterr().err
    for word in ("not those of the installation", "QUALIFORMA_S3_BUCKET", "adopt_storage"):
        assert word in said
    answer = Client(None).get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["sharedStorage"]) == (503, "another")
    at("first")
    assert shared() == "ok"


def test_files_that_were_moved_are_adopted(db, at):
    at("first")
    with pytest.raises(CommandError, match="nothing to adopt"):
        call_command("adopt_storage")
    storage_mark.ensure()
    at("second")
    assert not storage_mark.ensure()
    call_command("adopt_storage")
    assert storage_mark.ensure()


def test_of_two_that_start_at_once_one_keeps_its_mark(db, at):
    """The other's is in its storage already, and is not the database's."""
    at("first")
    storage_mark._write("of the first")
    at("second")
    storage_mark._write("of the second")
    StorageMark.objects.create(pk=1, mark="of the first")
    assert not storage_mark.ensure()
    assert StorageMark.objects.get().mark == "of the first"


def test_a_database_without_the_table_stops_no_server(db, at, monkeypatch):
    """Before `migrate_tenants`; `/readyz` names the migrations."""

    def no_table():
        raise ProgrammingError

    at("first")
    monkeypatch.setattr(storage_mark, "_recorded", no_table)
    assert not warn_of_other_storage()


@pytest.mark.usefixtures("django_db_setup")
def test_two_hosts_with_a_disk_each(tmp_path):
    """The second starts, says what is wrong, and takes no traffic."""
    homes = [{"QUALIFORMA_HOME": str(tmp_path / name)} for name in ("one", "two")]
    with (tmp_path / "log").open("wb") as log:
        servers = [start_server(output=log, WEB_WORKERS="1", **home) for home in homes]
        try:
            wait_until(lambda: readiness(servers[0])[1].get("sharedStorage") == "ok")
            wait_until(lambda: readiness(servers[1])[1].get("sharedStorage") == "another")
            assert readiness(servers[1])[0] == 503
        finally:
            for server in servers:
                server.stop()
    assert (tmp_path / "log").read_text().count("not those of the installation") == 1


def readiness(server):
    try:
        with urllib.request.urlopen(f"{server.base}/readyz", timeout=10) as answer:
            return answer.status, json.load(answer)["checks"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["checks"]
