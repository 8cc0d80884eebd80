"""`make demo`: database, demo tenants, web server and workers, until Ctrl-C or SIGTERM.

Run as `python -m qualiforma.server.demo`. State is kept in `QUALIFORMA_HOME` and found again.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Event
from types import FrameType

from qualiforma import env
from qualiforma.runtime.children import die_with_parent
from qualiforma.runtime.postgres import Cluster, DatabaseUrls, PostgresError
from qualiforma.server.preflight import check_folder, check_port

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    "web server": ["serve"],
    "worker": ["run_worker"],
    "worker for short jobs": ["run_worker", "--short"],
    "owner's worker": ["run_worker", "--queue", "owner"],
}
START_SECONDS = 180  # a slow machine, not a fault: that one is seen as the process ends
STOP_SECONDS = 15

BANNER = """
QualiForma is running. Ctrl-C stops it.

  Back-office  http://qualiforma-demo.localhost:{port}/admin/   (or votre-tenant.localhost)
  API          {base}/api/v1        (X-Tenant-ID: qualiforma-demo or votre-tenant)
  Docs         {base}/api/v1/docs
  Schema       {base}/api/v1/schema
  Health       {base}/healthz  {base}/readyz
  State        {home}
  Mail         {home}/mail, each message's link is printed here too

  Logins, in both tenants, password: {password}
    admin@qualiforma.fr    ADMIN      trainer@qualiforma.fr  TRAINER
    admin2@qualiforma.fr   ADMIN      learner@qualiforma.fr  LEARNER
    lead@qualiforma.fr     MANAGER    auditor@qualiforma.fr  AUDITOR

Try it:

  TOKEN=$(curl -s {base}/api/v1/auth/login -H 'X-Tenant-ID: qualiforma-demo' \\
    -H 'Content-Type: application/json' \\
    -d '{{"email": "admin@qualiforma.fr", "password": "{password}"}}' \\
    | sed 's/.*"accessToken": *"\\([^"]*\\)".*/\\1/')

  curl '{base}/api/v1/improvement-plans?status=IN_PROGRESS' \\
    -H "Authorization: Bearer $TOKEN" -H 'X-Tenant-ID: qualiforma-demo'
"""


_asked = Event()


class Stopped(KeyboardInterrupt):
    """Somebody asked the demo to stop.

    An interrupt, so that a statement that is running is cancelled and its transaction rolled back,
    and nothing that catches errors takes it for one.
    """


def main() -> int:
    """Run the demo; 0 when asked to stop, 1 when the server died, 2 for a wrong configuration."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        return _run()
    except Stopped:
        return 0
    except (env.ConfigurationError, PostgresError) as error:
        _say(f"qualiforma: {error}")
        return 2


def _run() -> int:
    home = env.folder("QUALIFORMA_HOME", default=ROOT / ".qualiforma")
    port = env.integer("PORT", default=8000, least=1, most=65535)
    check_folder(home)
    check_port("127.0.0.1", port)
    os.environ.setdefault("QUALIFORMA_LOG_FORMAT", "console")
    os.environ.update(
        QUALIFORMA_HOME=str(home),
        PORT=str(port),
        QUALIFORMA_PUBLIC_URL=os.environ.get("QUALIFORMA_PUBLIC_URL", f"http://127.0.0.1:{port}"),
        QUALIFORMA_HTTPS="false",
        QUALIFORMA_MAIL_ECHO="true",
        DJANGO_SETTINGS_MODULE="qualiforma.settings",
    )
    _keep_secret(home)
    with _database(home):
        _prepare()
        _stop_if_asked()
        with _processes(port) as processes:
            _stop_if_asked()
            _say(_banner(home, port))
            return _wait(processes)


def _stop(number: int, frame: FrameType | None) -> None:
    """Ask once; while things are being put away, further signals change nothing."""
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    _asked.set()
    raise Stopped


def _stop_if_asked() -> None:
    """Stop now if the exception was lost: Python drops one that is raised in a finalizer."""
    if _asked.is_set():
        raise Stopped


def _keep_secret(home: Path) -> None:
    """Make the demo's secret once, readable by its owner only."""
    kept = home / "secret_key"
    if "QUALIFORMA_SECRET_KEY" in os.environ or kept.exists():
        return
    draft = kept.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_hex(32))
    draft.rename(kept)


def _database(home: Path) -> "Cluster | nullcontext[None]":
    """Use the database that the environment names, else the embedded one."""
    if not os.environ.get("DATABASE_URL"):
        return _Embedded(home)
    if not os.environ.get("DATABASE_OWNER_URL"):
        raise env.ConfigurationError(
            "Set DATABASE_OWNER_URL too: the demo migrates and creates tenants."
        )
    return nullcontext()


class _Embedded(Cluster):
    """The embedded PostgreSQL, its addresses put where the settings look for them."""

    def __enter__(self) -> DatabaseUrls:
        _say("Starting PostgreSQL ...")
        urls = super().__enter__()
        os.environ.update(DATABASE_URL=urls.app, DATABASE_OWNER_URL=urls.owner)
        return urls


def _prepare() -> None:
    """Migrate, create the demo tenants, fill them; nothing is done twice."""
    import django
    from django.core.management import call_command

    from qualiforma.audit.sources import Source, set_default_source
    from qualiforma.server.preflight import check_database

    django.setup()
    set_default_source(Source.COMMAND)
    check_database()
    _say("Bringing schemas and demo data up to date ...")
    call_command("load_demo")
    from django.db import connection

    connection.close()


@contextmanager
def _processes(port: int) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Run web server and workers until the block ends. They die with us, whatever happens to us."""
    processes = {}
    try:
        for name, command in COMMANDS.items():
            processes[name] = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), *command],
                cwd=ROOT,
                start_new_session=True,  # a Ctrl-C of the terminal reaches us alone; we stop things in order
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one thread only
            )
        _await(processes["web server"], f"http://127.0.0.1:{port}/readyz")
        yield processes
    finally:
        for process in processes.values():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in processes.values():
            try:
                process.wait(max(deadline - time.monotonic(), 0))
            except subprocess.TimeoutExpired:  # a job goes on; it is taken up at the next start
                process.kill()
                process.wait()


def _await(server: subprocess.Popen[bytes], url: str) -> None:
    """Wait until the server is ready. Errors: `ConfigurationError` when it is not in time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        _stop_if_asked()
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise env.ConfigurationError("The web server did not start; its messages stand above.")


def _wait(processes: dict[str, subprocess.Popen[bytes]]) -> int:
    """Return when one of them ends by itself, which is a fault."""
    while True:
        _stop_if_asked()
        for name, process in processes.items():
            if process.poll() is not None:
                _say(f"qualiforma: the {name} stopped by itself; its messages stand above.")
                return 1
        time.sleep(0.2)


def _banner(home: Path, port: int) -> str:
    from django.conf import settings

    return BANNER.format(
        base=f"http://127.0.0.1:{port}", port=port, home=home, password=settings.DEMO_PASSWORD
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
