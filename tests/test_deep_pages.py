"""Pages far behind cost what the first one does: a list's statement skips keys, not whole rows.

Each list of the API and under `/admin/` is found by itself.
"""

import re
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver

from qualiforma.admin import rows
from qualiforma.admin.records import RecordAdmin
from qualiforma.admin.site import site
from tests.cast import ALICE
from tests.test_routes import ROWS, by_records, make_their_records

SKIPS = re.compile(r"LIMIT \d+ OFFSET \d+")
KEY = re.compile(r'SELECT (?:DISTINCT )?"?\w+"?\."(\w+)"(?: AS "\w+")?\s')


def listing(patterns=None):
    """Names of the routes whose GET answers a list in pages."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if not isinstance(one, URLPattern):
            yield from listing(one.url_patterns)
            continue
        view: Any = one.callback
        if getattr(view, "actions", {}).get("get") == "list" and view.cls.pagination_class:
            yield one.name


# One person's own work, of two tables in one statement: it is never long.
SHORT = {"my-work", "my-dates"}
LISTS = [row for row in ROWS if row.method == "GET" and row.name in set(listing()) - SHORT]
UNNUMBERED = {"Area", "AuditEvent"}  # a tree, and pages that begin at a sequence
PAGES = [
    model
    for model, page in site._registry.items()
    if isinstance(page, RecordAdmin) and model.__name__ not in UNNUMBERED
]


def skipping(statements):
    """Of each statement that skips rows, what is before the SELECT that does, and this SELECT."""
    for statement in statements:
        sql = statement["sql"]
        for found in SKIPS.finditer(sql):
            depth, start = 0, found.start()
            while start and depth <= 0:
                start -= 1
                depth += {"(": 1, ")": -1}.get(sql[start], 0)
            begin = start + (depth > 0)
            yield sql[:begin], sql[begin : found.end()]


def assert_keys_alone(statements):
    """A subquery is not enough: PostgreSQL may run it again for each row of the table.

    It runs what makes an array once, whatever it knows, or does not know yet, of the table.
    """
    selects = list(skipping(statements))
    assert selects, "no statement skips rows"
    assert [select[:300] for _before, select in selects if not KEY.match(select)] == []
    assert [select[:300] for before, select in selects if not before.endswith("ANY(ARRAY(")] == []


@pytest.fixture
def many(monkeypatch):
    """Lists take themselves for long, hence ask for a page far behind."""
    monkeypatch.setattr(QuerySet, "count", lambda _rows: 1000)
    monkeypatch.setattr(rows, "_totals", lambda *_given, **_named: {"total": 1000})


def test_lists_are_found():
    names = {row.name for row in LISTS}
    assert {"improvement-plan-list", "complaint-list", "audit-event-list", "user-list"} <= names
    assert len(LISTS) >= 20
    assert len(PAGES) >= 15


@by_records(LISTS)
def test_a_list_of_the_api_skips_keys_alone(rows, acme, client_of, many, subtests):
    make_their_records(rows[0])
    for row in rows:
        with subtests.test(str(row)):
            check_keys_alone(row, client_of(ALICE))


def check_keys_alone(row, client):
    for query in ("page=30&perPage=7", "from=210&to=217"):  # a list knows one of the two
        with CaptureQueriesContext(connection) as statements:
            answer = client.get(f"{row.path}?{query}")
        if answer.status_code == 200:
            break
    assert answer.status_code == 200, answer.content
    assert_keys_alone(statements)


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_a_list_under_admin_skips_keys_alone(model, admin_client, many):
    page = site._registry[model]
    if not page.has_view_permission(admin_client.get("/admin/").wsgi_request):
        pytest.skip("not this organisation's")
    with CaptureQueriesContext(connection) as statements:
        answer = admin_client.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/?p=30")
    assert answer.status_code == 200
    assert_keys_alone(statements)
