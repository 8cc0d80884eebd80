"""GET /metrics: off by default, by our own names, and one sum over the worker processes."""

import os
import re
import signal
import urllib.error
import urllib.request
from pathlib import Path
from socket import gethostname

import pytest
from django.db import OperationalError
from psycopg.errors import QueryCanceled

from qualiforma import metrics
from qualiforma.jobs.queue import JOBS
from tests.cast import Client
from tests.improvements.factories import make_plan
from tests.live import answers, start_server, wait_until

PLANS = "/api/v1/improvement-plans"


@pytest.fixture
def on(settings):
    settings.METRICS = True


def numbers(text):
    """Value by series, `name{labels}`."""
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def scrape(**headers):
    answer = Client(None).get("/metrics", **headers)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    return numbers(answer.content.decode())


def requests(of, **labels):
    wanted = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return of.get(f"qualiforma_http_requests_total{{{wanted}}}", 0)


def test_off_by_default(acme):
    answer = Client(None).get("/metrics")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Bearer sésame", "Basic sesame"])
def test_a_token_when_one_is_set(acme, on, settings, given):
    settings.METRICS_TOKEN = "sesame"
    headers = {"HTTP_AUTHORIZATION": given} if given else {}
    answer = Client(None).get("/metrics", **headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert scrape(HTTP_AUTHORIZATION="Bearer sesame")


def test_requests_are_counted_by_route_and_status(as_alice, on):
    make_plan(id="imp_one")
    before = scrape()
    as_alice.get(f"{PLANS}/imp_one")
    as_alice.get(f"{PLANS}/imp_one")
    as_alice.get(f"{PLANS}/imp_none")
    Client(None).post(PLANS, {})
    after = scrape()

    def grown(**labels):
        return requests(after, **labels) - requests(before, **labels)

    assert grown(method="GET", route="improvement-plan-detail", status=200) == 2
    assert grown(method="GET", route="improvement-plan-detail", status=404) == 1
    assert grown(method="POST", route="improvement-plan-list", status=400) == 1
    labels = 'method="GET",route="improvement-plan-detail",status="200"'
    name = "qualiforma_http_request_duration_seconds"
    assert after[f"{name}_count{{{labels}}}"] >= 2
    assert after[f"{name}_sum{{{labels}}}"] > 0
    assert after["qualiforma_http_requests_in_progress"] == 1  # this one


def test_callers_cannot_make_series(acme, on):
    for path in ("/nope-1", "/nope-2", f"{PLANS}/imp_x1", f"{PLANS}/imp_x2"):
        Client("evil-tenant").generic("BREW", path)
        Client("evil-tenant").get(path)
    text = "\n".join(scrape())
    assert not re.search(r"nope|imp_x|evil|BREW", text)
    assert 'method="OTHER",route="unknown",status="404"' in text


def test_failures_of_the_database(as_alice, on, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("away")

    def slow(*args, **kwargs):
        raise OperationalError("slow") from QueryCanceled()

    before = scrape()
    for fail in (away, slow):
        monkeypatch.setattr("improvements.api.views.plan_stats", fail)
        assert as_alice.get(f"{PLANS}/stats").status_code == 503
    after = scrape()
    for code in ("DATABASE_UNAVAILABLE", "TIMEOUT"):
        name = f'qualiforma_database_errors_total{{code="{code}"}}'
        assert after[name] - before.get(name, 0) == 1


def test_the_queue_is_measured(as_alice, on, monkeypatch):
    JOBS["jobs.clean_up_tenant"].enqueue()
    after = scrape()
    assert after['qualiforma_jobs{queue="default",state="waiting"}'] == 1
    assert after["qualiforma_job_workers"] == 0

    def away():
        raise OperationalError("away")

    monkeypatch.setattr("qualiforma.jobs.metrics.count_jobs", away)
    assert not any(name.startswith("qualiforma_job") for name in scrape())


class Workers:
    """A server of two worker processes."""

    def __init__(self) -> None:
        self.server = start_server(
            WEB_WORKERS="2", QUALIFORMA_METRICS="true", QUALIFORMA_METRICS_TOKEN="sesame"
        )
        self.folder = Path(
            os.environ["QUALIFORMA_HOME"], "run", f"{gethostname()}-{self.server.port}", "metrics"
        )
        self.asked = 0

    def ask(self) -> None:
        self.asked += answers(f"{self.server.base}/api/v1/docs")

    def busy(self):
        """The one that all these calls go to."""
        counting = {one.stem.rpartition("_")[2] for one in self.folder.glob("counter_*.db")}
        [found] = counting & self.server.workers
        return found

    def scrape(self):
        request = urllib.request.Request(
            f"{self.server.base}/metrics", headers={"Authorization": "Bearer sesame"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return numbers(answer.read().decode())

    def counted(self):
        return requests(self.scrape(), method="GET", route="docs", status=200)

    def pids(self):
        """The processes, none while a connection to a killed one breaks."""
        try:
            text = str(self.scrape())
        except OSError:
            return set()
        return set(re.findall(r'process_resident_memory_bytes{pid="(\d+)"}', text))


@pytest.fixture
def workers(django_db_setup):
    found = Workers()
    yield found
    found.server.stop()


def test_the_counts_of_workers_add_up_and_outlive_them(workers):
    workers.ask()
    assert [workers.counted() for _ in range(5)] == [workers.asked] * 5
    text = metrics.exposition(str(workers.folder)).decode()  # as any of them adds it up
    assert requests(numbers(text), method="GET", route="docs", status=200) == workers.asked
    first = workers.pids()
    assert first == {workers.server.front, *workers.server.workers}

    os.kill(int(workers.busy()), signal.SIGKILL)
    wait_until(lambda: len(workers.pids() - first) == 1, workers.server.process)
    assert workers.counted() == workers.asked
    assert workers.scrape()["qualiforma_http_requests_in_progress"] == 1
    assert len(list(workers.folder.glob("gauge_*.db"))) == 3
    workers.ask()
    assert workers.counted() == workers.asked


def test_a_new_start_counts_from_nothing(workers):
    workers.ask()
    port = str(workers.server.port)
    workers.server.stop()
    workers.server = start_server(
        PORT=port, QUALIFORMA_METRICS="true", QUALIFORMA_METRICS_TOKEN="sesame"
    )
    assert workers.counted() == 0
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{workers.server.base}/metrics", timeout=60)
