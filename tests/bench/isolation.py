"""Isolation under load: random tenants, marked data, no foreign answer.

Run as `python -m tests.bench.isolation [REQUESTS]`. The real server, 2 workers, on a throw-away
PostgreSQL; 8 clients on kept connections, each request for a tenant chosen at random. Every tenant
holds plans of the same ids, titled with its own mark, and the same user of the same id.
"""

import http.client
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from unittest.mock import patch

from tests.bench.provisioning import say, throwaway

TENANTS, CLIENTS, WORKERS = 20, 8, 2
PASSWORD = "correct-horse-battery"


def fill() -> dict[str, str]:
    """Make the tenants with their marked data. Shape: slug to mark."""
    from django.contrib.auth import base_user
    from django.contrib.auth.hashers import make_password

    from qualiforma.accounts import demo as accounts_demo
    from qualiforma.provisioning.services import create_tenant, migrate_installation
    from qualiforma.tenants.context import tenant_context

    hashed = lru_cache(make_password)
    migrate_installation()
    marks = {}
    for number in range(TENANTS):
        slug = f"mark-{number}"
        tenant = create_tenant(slug=slug, name=slug)
        marks[slug] = f"[{tenant.pk}]"
        # The same password for all: to hash it for each would take longer than the rest.
        with tenant_context(tenant), patch.object(base_user, "make_password", hashed):
            accounts_demo.load("qualiforma-demo")
            make_records(marks[slug])
    return marks


def make_records(mark: str) -> None:
    """Plans and a complaint whose texts are this mark."""
    from improvements.models import Complaint, ImprovementPlan
    from qualiforma import audit

    with audit.action("improvements.demo.loaded"):
        ImprovementPlan.objects.bulk_create(
            ImprovementPlan(
                id=name,
                title=mark,
                trigger="AUDIT",
                owner_id="usr_admin01",
                target_date="2030-12-31",
                status="IN_PROGRESS",
            )
            for name in ("imp_8f3b21", "imp_1", "imp_2")
        )
        Complaint.objects.create(
            id="cmp_1",
            subject=mark,
            channel="EMAIL",
            complainant_role="OTHER",
            received_at="2026-01-01T00:00Z",
        )


class Caller:
    """One client with a kept connection, which counts what it gets."""

    def __init__(self, port: int, marks: dict[str, str], tokens: dict[str, str]) -> None:
        self.port, self.marks, self.tokens = port, marks, tokens
        self.random = random.Random(port + id(self))
        self.counts: Counter[str] = Counter()
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def run(self, count: int) -> Counter[str]:
        for _ in range(count):
            self.counts[self._ask()] += 1
        self.connection.close()
        return self.counts

    def _ask(self) -> str:
        """Ask for a list, one plan or the tenant itself; say what the answer was."""
        slug = self.random.choice(list(self.marks))
        path = self.random.choice(
            ["improvement-plans?perPage=3", "improvement-plans/imp_8f3b21", "tenants/current"]
        )
        headers = {"X-Tenant-ID": slug, "Authorization": f"Bearer {self.tokens[slug]}"}
        try:
            self.connection.request("GET", f"/api/v1/{path}", headers=headers)
            answer = self.connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return "no answer"
        if answer.status != http.HTTPStatus.OK:
            return f"status {answer.status}"
        foreign = any(mark in text for other, mark in self.marks.items() if other != slug)
        own = self.marks[slug] in text or f'"{self.marks[slug][1:-1]}"' in text
        names = any(f'"{other}"' in text for other in self.marks if other != slug)
        return "FOREIGN" if foreign or names else "own" if own else "unmarked"


def log_in(base: str, slug: str) -> str:
    from tests.live import log_in as real_log_in

    password = os.environ["QUALIFORMA_DEMO_PASSWORD"]
    return real_log_in(base, slug, "admin@qualiforma.fr", password).token


def main() -> None:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    os.environ["QUALIFORMA_DEMO_PASSWORD"] = PASSWORD
    with throwaway():
        import django

        django.setup()
        from tests.live import start_server

        marks = fill()
        server = start_server(WEB_WORKERS=str(WORKERS))
        try:
            tokens = {slug: log_in(server.base, slug) for slug in marks}
            callers = [Caller(server.port, marks, tokens) for _ in range(CLIENTS)]
            start = time.perf_counter()
            with ThreadPoolExecutor(CLIENTS) as pool:
                counts = sum(
                    pool.map(lambda one: one.run(requests // CLIENTS), callers), Counter[str]()
                )
            took = time.perf_counter() - start
            say(f"{json.dumps(counts)} in {took:.0f} s, {requests / took:.0f} requests/s")
        finally:
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(20)
    sys.exit(set(counts) != {"own"})


if __name__ == "__main__":
    main()
