"""What the audit trail costs and withstands, on a throw-away PostgreSQL that it starts itself.

    python -m tests.bench.audit [races] [cost]

Not part of the suite: `races` makes 20,000 writes over eight connections, on one tenant and on
eight; `cost` compares writes with the triggers on and off in one run, interleaved. `audit_check` and
`audit_writes` measure the check of a long trail and the writers of one organisation.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import psycopg

from qualiforma.runtime.postgres import Cluster

ROOT = Path(__file__).parent.parent.parent
CONNECTIONS, WRITES = 8, 20_000


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def manage(*words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout


def new_tenant(number: int) -> tuple[str, str]:
    """Return slug and schema of a new tenant with one plan per connection."""
    slug = f"bench-{number}"
    manage("create_tenant", slug, "--name", "Essai")
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        found = owner.execute("SELECT schema_name FROM tenants_tenant WHERE slug = %s", [slug])
        [schema] = found.fetchone() or [""]
    manage("shell", "-v", "0", "-c", f"from tests.bench.load import fill; fill({slug!r})")
    return slug, str(schema)


def races() -> None:
    """Mixed services and raw statements, in both orders of locks."""
    tenants = [new_tenant(number)[0] for number in range(CONNECTIONS)]
    for name, slugs in (("one tenant", tenants[:1] * CONNECTIONS), ("eight tenants", tenants)):
        before = heads(slugs)
        began = time.monotonic()
        code = "from tests.bench.load import write; write({!r}, {}, {})"
        workers = [
            subprocess.Popen(
                [sys.executable, "manage.py", "shell", "-v", "0", "-c", code.format(*one)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            )
            for one in [(slug, rank, WRITES // 8) for rank, slug in enumerate(slugs)]
        ]
        faults = sum(int(worker.communicate()[0]) for worker in workers)
        seconds = time.monotonic() - began
        entries = sum(heads(slugs).values()) - sum(before.values())
        say(
            f"{name}: {entries} entries, {seconds:.0f} s, {entries / seconds:.0f}/s, {faults} faults"
        )
    say(manage("verify_audit_trail", "--all-tenants"))


def heads(slugs: list[str]) -> dict[str, int]:
    lines = manage("audit_head", "--all-tenants").splitlines()
    found = {line.split(" ")[0]: int(line.split(" ")[1].split(":")[0]) for line in lines}
    return {slug: found[slug] for slug in set(slugs)}


STATEMENTS = {
    "insert, 1 row": "INSERT INTO improvements_correctiveaction (id, plan_id, description, status, "
    "owner_id, position, created_at) SELECT 'act_' || gen_random_uuid(), 'imp_0', 'x', 'TODO', "
    "'usr_0', 0, now() FROM generate_series(1, 1)",
    "update, 1 row": "UPDATE improvements_improvementplan SET title = gen_random_uuid()::text "
    "WHERE id = 'imp_0'",
}
STATEMENTS["insert, 2,000 rows"] = STATEMENTS["insert, 1 row"].replace("(1, 1)", "(1, 2000)")
STATEMENTS["update, 2,000 rows"] = (
    "UPDATE improvements_correctiveaction SET description = gen_random_uuid()::text WHERE id IN "
    "(SELECT id FROM improvements_correctiveaction LIMIT 2000)"
)


def cost() -> None:
    """Statements with the trail's triggers and without, by turns, committed each."""
    _, schema = new_tenant(100)
    path = f"-c search_path={schema},public"
    owner = psycopg.connect(os.environ["DATABASE_OWNER_URL"], options=path, autocommit=True)
    for name, statement in STATEMENTS.items():
        times: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
        for _ in range(5):
            for state, found in times.items():
                for table in ("correctiveaction", "improvementplan"):
                    for trigger in ("audit_first", "audit_record"):
                        owner.execute(f"ALTER TABLE improvements_{table} {state} TRIGGER {trigger}")
                for _ in range(3 if "2,000" in name else 200):
                    began = time.perf_counter()
                    owner.execute(statement)
                    found.append(time.perf_counter() - began)
        on, off = (median(found) * 1000 for found in times.values())
        say(f"{name}: {off:.3f} ms without, {on:.3f} ms with, {on / off:.1f}x")
    owner.close()


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="qualiforma-bench-"))
    home.chmod(0o755)
    cluster = Cluster(home, throwaway=True)
    urls = cluster.start()
    os.environ.update(
        DATABASE_URL=urls.app,
        DATABASE_OWNER_URL=urls.owner,
        QUALIFORMA_HOME=str(home / "state"),
        QUALIFORMA_SECRET_KEY="only-for-this-run-" + os.urandom(24).hex(),
    )
    try:
        manage("migrate_schemas")
        for name in sys.argv[1:] or ("races", "cost"):
            say(f"--- {name}, load {os.getloadavg()[0]:.1f}")
            {"races": races, "cost": cost}[name]()
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
