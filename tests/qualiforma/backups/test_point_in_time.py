"""Point-in-time recovery by PostgreSQL's own means, as docs/operating/backup.md has it."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from qualiforma.audit import chain
from qualiforma.audit.verify_trail import Chain
from qualiforma.runtime.postgres import SUPERUSER, Cluster, program_folders
from tests.cluster_cache import copy_cluster
from tests.live import wait_until


@pytest.fixture
def archived():
    """A server of its own that archives its log, with the tests' organisations."""
    home = Path(tempfile.mkdtemp(prefix="qualiforma-test-"))
    home.chmod(0o755)
    copy_cluster(home)
    wal = home / "wal"
    wal.mkdir()
    wal.chmod(0o777)
    cluster = Cluster(home, throwaway=True)
    try:
        port = port_of(cluster)
        with superuser(home, port) as server:
            server.execute("ALTER SYSTEM SET archive_mode = on")
            server.execute(
                f"ALTER SYSTEM SET archive_command = 'test ! -f {wal}/%f && cp %p {wal}/%f'"
            )
        cluster.stop()
        yield home, cluster, port_of(cluster)
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


def port_of(cluster):
    return int(cluster.start().owner.rpartition(":")[2].partition("/")[0])


def superuser(home, port, name="qualiforma"):
    password = json.loads((home / "postgres/secrets.json").read_text())[SUPERUSER]
    address = {"host": "127.0.0.1", "port": port, "user": SUPERUSER, "password": password}
    return psycopg.connect(**address, dbname=name, autocommit=True)


def rename(server, name):
    """Change a user of acme, which its trail records; return the instant afterwards."""
    [[schema]] = server.execute(
        "SELECT schema_name FROM tenants_tenant WHERE slug = 'acme'"
    ).fetchall()
    server.execute(f"SET search_path = {schema}, public")
    server.execute("UPDATE accounts_user SET name = %s WHERE email = 'bob@acme.fr'", [name])
    [[instant]] = server.execute("SELECT clock_timestamp()::text").fetchall()
    return schema, instant


def base_backup(home, port):
    """Copy the running server's data, as the account that it runs under may read it."""
    password = json.loads((home / "postgres/secrets.json").read_text())[SUPERUSER]
    [folder] = [
        one
        for places in program_folders("pg_basebackup")
        for one in places
        if "embedded" in str(one)
    ]
    subprocess.run(
        [folder / "pg_basebackup", "--pgdata", home / "base", "--checkpoint", "fast", "--host",
         "127.0.0.1", "--port", str(port), "--username", SUPERUSER],
        check=True, env={"PATH": os.defpath, "PGPASSWORD": password}, cwd="/",
    )  # fmt: skip


def put_back(home, until):
    """Replace the data by the base backup, told until when it is to be recovered."""
    data = next(one for one in (home / "postgres").iterdir() if one.name.isdecimal()).resolve()
    owner = data.stat()
    data.rename(data.with_name(f"{data.name}-aside"))
    shutil.copytree(home / "base", data, symlinks=True)
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = 'cp {home}/wal/%f %p'\n")
        settings.write(f"recovery_target_time = '{until}'\nrecovery_target_action = 'promote'\n")
    (data / "recovery.signal").touch()
    for path in (data, *data.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def test_back_to_just_before_an_accident(archived):
    home, cluster, port = archived
    base_backup(home, port)
    with superuser(home, port) as server:
        _schema, before = rename(server, "Avant")
        schema, _after = rename(server, "Accident")
        server.execute("DELETE FROM accounts_companysession")
        [[file]] = server.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchall()
        wait_until((home / "wal" / file).exists, seconds=60)
    cluster.stop()
    put_back(home, before)
    with superuser(home, port_of(cluster)) as server:
        wait_until(lambda: server.execute("SELECT pg_is_in_recovery()").fetchone() == (False,))
        server.execute(f"SET search_path = {schema}")
        [[name]] = server.execute(
            "SELECT name FROM accounts_user WHERE email = 'bob@acme.fr'"
        ).fetchall()
        checked = Chain()

        def run(statement, parameters):
            return server.execute(statement, parameters).fetchall()

        for entry in chain.entries(run=run):
            checked.add(entry)
        checked.finish(checked.count)
    assert name == "Avant"
    assert checked.count > 1
    assert not checked.faults
