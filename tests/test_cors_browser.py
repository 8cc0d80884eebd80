"""The API called from pages of other origins, in a real browser: the source's own sample."""

import os
from pathlib import Path

import pytest

from tests.chromium import Site, needs_chromium, visit
from tests.live import log_in, start_server

pytestmark = needs_chromium
SAMPLE = Path(__file__).parent / "samples" / "list.js.txt"
HOST = "https://api.qualiforma.site"
PAGE = """<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Page</title>
<link rel="icon" href="data:,"></head><body><script type="module">{}</script></body></html>"""
EDIT = """
const headers = {'Authorization': 'Bearer TOKEN', 'X-Tenant-ID': 'qualiforma-demo'};
const url = 'BASE/api/v1/improvement-plans/imp_8f3b21';
const found = await fetch(url, {headers});
const edited = await fetch(url, {
  method: 'PATCH',
  headers: {...headers, 'Content-Type': 'application/json', 'If-Match': '"stale"'},
  body: JSON.stringify({title: 'Autre'}),
});
console.log(
  edited.status, (await edited.json()).code, found.headers.get('ETag'),
  found.headers.get('RateLimit-Limit'), found.headers.get('X-Request-ID'),
);
"""


@pytest.fixture(scope="module")
def allowed():
    with Site() as site:
        yield site


@pytest.fixture(scope="module")
def other():
    with Site() as site:
        yield site


@pytest.fixture(scope="module")
def server(demo_server, allowed):
    """A server that allows the one origin and not the other."""
    found = start_server(QUALIFORMA_CORS_ORIGINS=f"https://app.example.fr, {allowed.origin}")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def token(server):
    password = os.environ["QUALIFORMA_DEMO_PASSWORD"]
    return log_in(server.base, "qualiforma-demo", "admin@qualiforma.fr", password).token


def run(site, script):
    """Open a page of `site` that runs the script; return what the browser noted."""
    site.html = PAGE.format(script)
    with visit() as visitor:
        visitor.outcome(site.origin)
    return visitor


def sample(server, token):
    """The source's JavaScript; address and token are replaced, nothing else."""
    text = SAMPLE.read_text()
    assert HOST in text
    return text.replace(HOST, server.base).replace("YOUR_ACCESS_TOKEN", token)


def test_an_allowed_page_reads_the_list(server, allowed, token):
    visitor = run(allowed, sample(server, token))
    assert (visitor.thrown, visitor.complaints) == ([], [])
    ((answer,),) = visitor.said
    assert {"data", "meta"} == set(answer)
    assert answer["data"]
    assert {plan["status"] for plan in answer["data"]} == {"IN_PROGRESS"}


def test_another_page_reads_nothing(server, other, token):
    visitor = run(other, sample(server, token))
    assert visitor.said == []
    assert visitor.thrown == ["Failed to fetch"]  # a TypeError, as for a network that is down
    assert "blocked by CORS policy" in visitor.complaints[0]


def test_nobody_is_allowed_unless_set(demo_server, allowed, token):
    visitor = run(allowed, sample(demo_server, token))
    assert (visitor.said, visitor.thrown) == ([], ["Failed to fetch"])


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("YOUR_ACCESS_TOKEN", "nonsense", "TOKEN_INVALID"),
        ("'qualiforma-demo'", "'nowhere'", "TENANT_NOT_FOUND"),
        ("    'X-Tenant-ID': 'qualiforma-demo',\n", "", "TENANT_REQUIRED"),
    ],
)
def test_an_allowed_page_reads_why_it_is_refused(server, allowed, old, new, problem):
    assert old in SAMPLE.read_text()
    visitor = run(allowed, SAMPLE.read_text().replace(old, new).replace(HOST, server.base))
    (error,) = visitor.thrown
    assert f'"code":"{problem}"' in error.replace('": "', '":"')


def test_an_allowed_page_edits_and_reads_the_headers(server, allowed, token):
    visitor = run(allowed, EDIT.replace("BASE", server.base).replace("TOKEN", token))
    assert visitor.thrown == []
    ((status, code, etag, limit, request_id),) = visitor.said
    assert (status, code) == (412, "STALE")
    assert etag
    assert limit
    assert request_id.startswith("req_")
