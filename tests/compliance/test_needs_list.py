"""GET /needs-analysis: filters, order, cost; and who reads the disability note."""

import json

import pytest
from django.db import connection

from qualiforma.audit.models import AuditEvent
from tests.cast import ALICE, AUDREY, MONA, TOM
from tests.compliance.needs_factories import NOTE, URL, make_analysis, needs_body
from tests.qualiforma.training.factories import make_company, make_enrollment


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


@pytest.fixture
def two(acme):
    """Two analyses that differ in whatever a filter looks at."""
    enrollment = make_enrollment(id="enr_one")
    make_analysis(
        id="nda_one",
        company=make_company(id="cmp_one"),
        enrollment=enrollment,
        status="COMPLETED",
        funding_source="OPCO",
        objectives=["Été à la plage", "Réseaux sociaux"],
        created_at="2026-01-01T00:00Z",
        completed_at="2026-01-01T00:00Z",
    )
    make_analysis(id="nda_two", current_level="ADVANCED", target_level="EXPERT", context="Autre")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["nda_two", "nda_one"]),
        ("companyId=cmp_one", ["nda_one"]),
        ("enrollmentId=enr_one", ["nda_one"]),
        ("enrollmentId=enr_none", []),
        ("status=DRAFT", ["nda_two"]),
        ("currentLevel=BEGINNER", ["nda_one"]),
        ("targetLevel=EXPERT", ["nda_two"]),
        ("fundingSource=OPCO", ["nda_one"]),
        ("q=ete+RESEAUX", ["nda_one"]),
        ("q=autre", ["nda_two"]),
        ("page=1&perPage=1&companyId=cmp_one", ["nda_one"]),
    ],
)
def test_filters(as_alice, two, query, expected):
    assert ids(as_alice.get(f"{URL}?{query}")) == expected


@pytest.mark.parametrize("query", ["status=OPEN", "companyId=enr_1", "level=BEGINNER", "q=a&q=b"])
def test_what_no_filter_takes(as_alice, query):
    assert as_alice.get(f"{URL}?{query}").status_code == 400


def test_the_number_of_rows_costs_no_query(as_alice, count_queries):
    company = make_company()
    for _ in range(2):
        make_analysis(company=company, objectives=["a", "b"])
    few = count_queries(lambda: as_alice.get(f"{URL}?perPage=100"))
    for _ in range(18):
        make_analysis(company=company, objectives=["a"] * 20)
    assert count_queries(lambda: as_alice.get(f"{URL}?perPage=100")) == few <= 5


@pytest.mark.parametrize(
    "wheres",
    [
        "company_id = 'x'",
        "enrollment_id = 'x'",
        "status = 'DRAFT'",
        "current_level = 'EXPERT'",
        "target_level = 'EXPERT'",
        "funding_source = 'CPF'",
    ],
)
def test_each_filter_reads_its_index_in_the_lists_order(acme, wheres):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")  # cheap for the few rows of a test
        cursor.execute(
            f"EXPLAIN SELECT id FROM compliance_needsanalysis WHERE {wheres} "
            "ORDER BY created_at DESC, id DESC LIMIT 20"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"needs_{wheres.split(' ')[0].removesuffix('_id')}_newest" in plan
    assert "Sort" not in plan


def test_the_note_is_for_administrators_and_the_author(client_of, as_tom):
    row = as_tom.post(URL, needs_body(accessibilityNeeds=NOTE, status="DRAFT")).json()["data"]
    assert row["accessibilityNeeds"] == NOTE
    url = f"{URL}/{row['id']}"
    for person in (ALICE, TOM):
        assert client_of(person).get(url).json()["data"]["accessibilityNeeds"] == NOTE
    for person in (MONA, AUDREY):
        assert "accessibilityNeeds" not in client_of(person).get(url).json()["data"]
    for person in (ALICE, TOM, MONA, AUDREY):
        assert NOTE not in client_of(person).get(URL).content.decode()
        assert ids(client_of(person).get(f"{URL}?q=malentendante")) == []


def test_nobody_else_writes_over_the_note(as_tom, as_mona, as_alice):
    row = as_tom.post(URL, needs_body(accessibilityNeeds=NOTE, status="DRAFT")).json()["data"]
    url = f"{URL}/{row['id']}"
    refused = as_mona.patch(url, {"accessibilityNeeds": "Aucune"})
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    assert as_mona.patch(url, {"context": "Autre"}).status_code == 200
    assert as_tom.get(url).json()["data"]["accessibilityNeeds"] == NOTE
    emptied = as_alice.patch(url, {"accessibilityNeeds": None}).json()["data"]
    assert "accessibilityNeeds" not in emptied


def test_the_note_leaves_no_trace_in_the_trail(as_tom, as_alice):
    row = as_tom.post(URL, needs_body(accessibilityNeeds=NOTE, status="DRAFT")).json()["data"]
    as_tom.patch(f"{URL}/{row['id']}", {"accessibilityNeeds": f"{NOTE} Bis."})
    entries = AuditEvent.objects.filter(object_type="needs_analysis").order_by("seq")
    events = list(entries.values())
    assert [one["action"] for one in events] == [
        "compliance.needs.created", "compliance.needs.changed",
    ]  # fmt: skip
    assert "Malentendante" not in json.dumps(events, default=str)
    told = as_alice.get(f"/api/v1/audit-events?objectId={row['id']}")
    assert told.status_code == 200
    assert "Malentendante" not in told.content.decode()


def everything_but(column):
    """Every row of the tenant that can be read, the trail's by its view, less columns of this name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
            "AND relkind IN ('r', 'p', 'v') AND has_table_privilege(oid, 'SELECT')"
        )
        rows = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT (to_jsonb(one) - %s)::text FROM "{table}" AS one', [column])
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def test_the_note_stands_in_its_own_column_alone(as_tom, as_alice):
    """Neither in the trail nor in the answers that are kept for those who ask twice."""
    key = {"HTTP_IDEMPOTENCY_KEY": "k1"}
    body = needs_body(accessibilityNeeds=NOTE, status="DRAFT")
    first, again = (as_tom.post(URL, body, **key) for _ in range(2))
    row = first.json()["data"]
    assert (row["accessibilityNeeds"], again.content) == (NOTE, first.content)
    url = f"{URL}/{row['id']}"
    done = [as_alice.post(f"{url}/complete", **key) for _ in range(2)]
    assert [one.json()["data"]["accessibilityNeeds"] for one in done] == [NOTE, NOTE]
    kept = everything_but("accessibility_needs")
    assert row["id"] in kept
    assert "malentendante" not in kept.lower()
    assert NOTE in everything_but("context")


def test_a_repeat_tells_the_note_as_it_is_now_and_to_whom_it_is(as_tom, as_mona):
    key = {"HTTP_IDEMPOTENCY_KEY": "k1"}
    body = needs_body(accessibilityNeeds=NOTE, status="DRAFT")
    url = f"{URL}/{as_tom.post(URL, body, **key).json()['data']['id']}"
    as_tom.patch(url, {"accessibilityNeeds": None})
    assert "accessibilityNeeds" not in as_tom.post(URL, body, **key).json()["data"]
    as_tom.patch(url, {"accessibilityNeeds": NOTE})
    done = [as_mona.post(f"{url}/complete", **key) for _ in range(2)]
    assert [(one.status_code, "accessibilityNeeds" in one.json()["data"]) for one in done] == [
        (200, False), (200, False),
    ]  # fmt: skip
