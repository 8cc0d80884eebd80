"""A backup taken while people work, restored elsewhere; and what is not restored."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import psycopg
import pytest

from qualiforma.backups.installation import verify
from tests.qualiforma.backups.conftest import PASSPHRASE

TENANT = "qualiforma-demo"
COMPLAINT = {"subject": "Sous charge", "channel": "FORM", "complainantRole": "LEARNER"}


def write_until(stop, caller):
    """Create complaints one after the other; return number and instant of each answer."""
    written = []
    while not stop.is_set():
        status, answer = caller("POST", "complaints", COMPLAINT)
        assert status == 201, answer
        written.append((answer["data"]["id"], datetime.now(UTC)))
    return written


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


@pytest.fixture
def backed_up(demo_server, demo_admin, committed, backups):
    """A backup taken while somebody writes without a pause."""
    stop = Event()
    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write_until, stop, demo_admin)
        time.sleep(1)
        try:
            folder = backups(passphrase=PASSPHRASE)
            time.sleep(0.5)
        finally:
            stop.set()
        return folder, writer.result()


def test_a_backup_under_load_restored_elsewhere(backed_up, elsewhere):
    folder, written = backed_up
    kept = verify(str(folder))
    at = datetime.fromisoformat(kept["at"])
    before = {one for one, when in written if when < at}
    assert before
    assert len(before) < len(written)
    heads = {
        one["slug"]: "{}:{}".format(*one["head"])
        for name, one in kept["archives"].items()
        if name != "shared.zip"
    }
    said = elsewhere.does(
        ["restore", str(folder), "--reason", "Essai"],
        ["verify_audit_trail", "--platform", "--expect", heads.pop("")],
        *(["verify_audit_trail", "--tenant", slug, "--expect", heads[slug]] for slug in heads),
        ["verify_audit_trail", "--tenant", TENANT, "--records"],
        ["verify_files", "--tenant", TENANT],
        ["check_audit_guards", "--all-tenants"],
        ["migrate_tenants", "--dry-run"],
    )
    assert f"Restored {kept['name']}" in said
    assert said.endswith("\n0 behind\n")
    found, half = complaints(elsewhere)
    assert before <= found
    assert not half


def complaints(installation):
    """Return the ids of the complaints there, and of those that have no entry in the trail."""
    with psycopg.connect(installation.owner) as connection:
        [[schema]] = connection.execute(
            "SELECT schema_name FROM tenants_tenant WHERE slug = %s", [TENANT]
        ).fetchall()
        connection.execute(f'SET search_path = "{schema}"')
        rows = connection.execute("SELECT id FROM improvements_complaint").fetchall()
        half = connection.execute(
            "SELECT id FROM improvements_complaint c WHERE NOT EXISTS ("
            "SELECT FROM audit_event e WHERE e.object_id = c.id AND e.operation = 'INSERT')"
        ).fetchall()
    return {one for (one,) in rows}, half
