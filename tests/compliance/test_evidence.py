"""The evidence register: what goes in, who reads what, what is refused and leaves nothing."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.db.utils import InternalError
from django.utils import timezone

from compliance.api.evidence_serializers import EvidenceFilter
from compliance.demo import evidence as demo
from compliance.models import Evidence, EvidenceVersion
from qualiforma.accounts import demo as accounts
from qualiforma.audit.models import AuditEvent
from qualiforma.files import stored_below
from qualiforma.record_types import record_types
from qualiforma.tenants.context import tenant_context
from qualiforma.training import demo as training
from tests.cast import ALICE, AUDREY, MONA, TOM, TWIN, Client
from tests.compliance.evidence_factories import (
    SECRET,
    URL,
    evidence_body,
    make_evidence,
    make_version,
)
from tests.files import PAGE, PDF
from tests.improvements.factories import make_plan

pytestmark = pytest.mark.usefixtures("each_storage")


def upload(client, evidence, name="Procédure.pdf", content=PDF, **more):
    headers = {name: more.pop(name) for name in list(more) if name.startswith("HTTP_")}
    body = {"file": SimpleUploadedFile(name, content), **more}
    return client.post(f"{URL}/{evidence.pk}/versions", body, format="multipart", **headers)


def stored():
    return [key for key, _size in stored_below("tenants")]


def fields_of(answer):
    return [error["field"] for error in answer.json()["errors"]]


def test_a_piece_of_evidence_is_kept_as_it_was_given(as_alice, acme):
    plan = make_plan()
    record = {"type": "IMPROVEMENT_PLAN", "id": plan.pk}
    body = evidence_body(kind="RECORD", record=record, validUntil="2027-03-01", indicators=[31, 32])
    answer = as_alice.post(URL, body)
    assert answer.status_code == 201, answer.content
    row = answer.json()["data"]
    assert row | body == row
    assert (row["validFrom"], row["owner"], row["status"]) == ("2026-03-02", ALICE.id, "ACTIVE")
    assert answer["ETag"] == '"1"'
    assert as_alice.get(f"{URL}/{row['id']}").json()["data"] == row


REFUSED = {
    "indicator 0": ({"indicators": [0]}, "indicators[0]"),
    "indicator 34": ({"indicators": [34]}, "indicators[0]"),
    "indicator twice": ({"indicators": [31, 31]}, "indicators"),
    "no indicator": ({"indicators": []}, "indicators"),
    "indicator as text": ({"indicators": ["31"]}, "indicators[0]"),
    "validity upside down": (
        {"validFrom": "2026-05-01", "validUntil": "2026-04-30"},
        "validUntil",
    ),
    "unknown record": (
        {"kind": "RECORD", "record": {"type": "IMPROVEMENT_PLAN", "id": "imp_globex"}},
        "record.id",
    ),
    "record without page": ({"record": {"type": "AUDIT_EVENT", "id": "x"}}, "record.type"),
    "record without id": ({"record": {"type": "COURSE"}}, "record.id"),
    "RECORD without record": ({"kind": "RECORD"}, "record"),
    "link without address": ({"kind": "LINK"}, "url"),
    "address of a script": ({"kind": "LINK", "url": "javascript:alert(1)"}, "url"),
    "statement without text": ({"description": " "}, "description"),
    "unknown owner": ({"owner": "usr_nobody"}, "owner"),
    "unknown field": ({"validTo": "2027-01-01"}, "validTo"),
    "impossible day": ({"documentDate": "2026-02-30"}, "documentDate"),
}


@pytest.mark.parametrize(("given", "field"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_names_the_field_and_stores_nothing(as_alice, globex, given, field):
    with tenant_context(globex):
        make_plan(id="imp_globex", owner_id=TWIN.id)
    answer = as_alice.post(URL, evidence_body(**given))
    assert (answer.status_code, fields_of(answer)) == (400, [field]), answer.content
    assert not Evidence.objects.exists()


def test_only_an_admin_names_another_owner(as_alice, client_of, acme):
    answer = client_of(TOM).post(URL, evidence_body(owner=MONA.id))
    assert (answer.status_code, fields_of(answer)) == (400, ["owner"])
    assert as_alice.post(URL, evidence_body(owner=MONA.id)).status_code == 201


def test_a_trainer_sees_their_own_alone(client_of, acme):
    make_evidence(id="evd_alices")
    mine = client_of(TOM).post(URL, evidence_body()).json()["data"]["id"]
    assert [one["id"] for one in client_of(TOM).get(URL).json()["data"]] == [mine]
    assert len(client_of(AUDREY).get(URL).json()["data"]) == 2


def test_a_trainer_names_no_plan_that_they_do_not_see(client_of, acme):
    plan = make_plan(owner_id=ALICE.id)
    body = evidence_body(record={"type": "IMPROVEMENT_PLAN", "id": plan.pk})
    assert fields_of(client_of(TOM).post(URL, body)) == ["record.id"]


def test_the_same_key_adds_once(as_alice, acme):
    first = as_alice.post(URL, evidence_body(), HTTP_IDEMPOTENCY_KEY="once")
    again = as_alice.post(URL, evidence_body(), HTTP_IDEMPOTENCY_KEY="once")
    assert first.json() == again.json()
    assert Evidence.objects.count() == 1


def test_a_change_counts_the_version_and_a_stale_one_is_refused(as_alice, acme):
    evidence = make_evidence()
    page = f"{URL}/{evidence.pk}"
    answer = as_alice.patch(page, {"validUntil": "2027-01-31"}, HTTP_IF_MATCH='"1"')
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert as_alice.patch(page, {"validUntil": None}, HTTP_IF_MATCH='"1"').status_code == 412
    assert as_alice.patch(page, {"title": "Procédure de réclamation"})["ETag"] == '"2"'
    answer = as_alice.patch(page, {"validUntil": "2026-03-01"})
    assert fields_of(answer) == ["validUntil"]


def test_a_withdrawn_one_changes_no_more(as_alice, acme):
    evidence = make_evidence()
    page = f"{URL}/{evidence.pk}"
    row = as_alice.post(f"{page}/withdraw", {"reason": "Remplacée."}).json()["data"]
    assert (row["status"], row["withdrawalReason"]) == ("WITHDRAWN", "Remplacée.")
    before = Evidence.objects.values().get(pk=evidence.pk)
    answers = [
        as_alice.patch(page, {"title": "Autre"}),
        as_alice.post(f"{page}/reviews", {"verdict": "STILL_VALID"}),
        as_alice.post(f"{page}/withdraw", {"reason": "Encore."}),
        upload(as_alice, evidence),
    ]
    found = {(one.status_code, one.json()["code"]) for one in answers}
    assert found == {(409, "EVIDENCE_WITHDRAWN")}
    assert Evidence.objects.values().get(pk=evidence.pk) == before
    assert stored() == []


def test_a_new_file_is_a_new_version(as_alice, acme):
    evidence = make_evidence(kind="FILE")
    first = upload(as_alice, evidence, note="Première").json()["data"]["versions"]
    answer = upload(as_alice, evidence, content=PDF + b"\n", HTTP_IF_MATCH='"2"')
    assert (answer.status_code, answer["ETag"]) == (201, '"3"'), answer.content
    newest, oldest = answer.json()["data"]["versions"]
    assert (newest["number"], oldest["number"], oldest["note"]) == (2, 1, "Première")
    assert oldest["sha256"] == first[0]["sha256"] == hashlib.sha256(PDF).hexdigest()
    page: Any = Client(None).get(oldest["url"].partition("testserver")[2] or oldest["url"])
    assert b"".join(page.streaming_content) == PDF
    assert "Proc%C3%A9dure.pdf" in page["Content-Disposition"]
    assert not any("proc" in key.lower() for key in stored())
    assert upload(as_alice, evidence, HTTP_IF_MATCH='"1"').status_code == 412
    assert len(stored()) == 2


def test_a_page_named_pdf_is_refused(as_alice, acme):
    evidence = make_evidence(kind="FILE")
    answer = upload(as_alice, evidence, content=PAGE)
    assert (answer.status_code, fields_of(answer)) == (400, ["file"])
    assert stored() == []
    assert not EvidenceVersion.objects.exists()


@pytest.mark.parametrize("number", [2, 201])
def test_many_files_at_once_are_refused(as_alice, acme, number):
    evidence = make_evidence(kind="FILE")
    body = {"file": [SimpleUploadedFile(f"{rank}.pdf", PDF) for rank in range(number)]}
    answer = as_alice.post(f"{URL}/{evidence.pk}/versions", body, format="multipart")
    assert (answer.status_code, fields_of(answer)) == (400, ["file"]), answer.content
    assert stored() == []


def test_an_expired_one_asks_until_when_a_new_file_is_valid(as_alice, acme):
    today = timezone.localdate()
    until = str(today + timedelta(days=200))
    yesterday = today - timedelta(days=1)
    evidence = make_evidence(kind="FILE", valid_from="2020-01-01", valid_until=yesterday)
    assert fields_of(upload(as_alice, evidence)) == ["validUntil"]
    assert fields_of(upload(as_alice, evidence, validUntil="hier")) == ["validUntil"]
    assert stored() == []
    row = upload(as_alice, evidence, validUntil=until).json()["data"]
    assert row["validUntil"] == until
    assert upload(as_alice, evidence, validUntil="").json()["data"]["validUntil"] is None


def test_reviews_are_kept_and_a_new_file_begins_anew(as_alice, acme):
    evidence = make_evidence(kind="FILE")
    page = f"{URL}/{evidence.pk}"
    as_alice.post(f"{page}/reviews", {"verdict": "TO_REPLACE", "comment": "Périmée."})
    row = as_alice.get(page).json()["data"]
    assert (row["lastVerdict"], row["reviews"][0]["comment"]) == ("TO_REPLACE", "Périmée.")
    row = upload(as_alice, evidence).json()["data"]
    assert (row["lastVerdict"], len(row["reviews"])) == (None, 1)


def test_the_database_keeps_what_was_stored(as_alice, acme):
    evidence = make_evidence(kind="FILE")
    upload(as_alice, evidence)
    evidence.reviews.create(verdict="STILL_VALID", reviewed_by_id=ALICE.id)
    for rows, change in (
        (evidence.versions, {"name": "x.pdf"}),
        (evidence.reviews, {"comment": "x"}),
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            rows.update(**change)
    wrong: list[dict[str, Any]] = [
        {"indicators": []},
        {"indicators": [34]},
        {"valid_until": "2026-03-01"},
    ]
    for values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Evidence.objects.filter(pk=evidence.pk).update(**values)


def test_an_auditor_reads_title_dates_and_hash_of_confidential_evidence(client_of, acme):
    plan = make_plan()
    evidence = make_evidence(
        title="Signalement de mars",
        confidential=True,
        description=SECRET,
        author=SECRET,
        record_type="IMPROVEMENT_PLAN",
        record_id=plan.pk,
    )
    make_version(evidence, name=f"{SECRET}.pdf", note=SECRET)
    evidence.reviews.create(verdict="STILL_VALID", comment=SECRET, reviewed_by_id=ALICE.id)
    audrey = client_of(AUDREY)
    whole, rows = audrey.get(f"{URL}/{evidence.pk}"), audrey.get(URL)
    row = whole.json()["data"]
    assert (row["title"], row["documentDate"]) == ("Signalement de mars", "2026-03-02")
    assert row["versions"][0]["sha256"] == "0" * 64
    for answer in (whole, rows):
        assert SECRET not in answer.content.decode()
        assert plan.pk not in answer.content.decode()
    assert row["versions"][0]["url"] is None
    assert client_of(ALICE).get(f"{URL}/{evidence.pk}").json()["data"]["description"] == SECRET


def test_nobody_finds_confidential_evidence_by_its_contents(client_of, acme):
    plan = make_plan()
    about = {"record_type": "IMPROVEMENT_PLAN", "record_id": plan.pk}
    make_evidence(confidential=True, description=SECRET, **about)
    queries = [f"recordId={plan.pk}", "recordType=IMPROVEMENT_PLAN", f"owner={ALICE.id}"]
    for query in ["q=signalement", *queries]:
        assert client_of(AUDREY).get(f"{URL}?{query}").json()["data"] == [], query
    assert client_of(ALICE).get(f"{URL}?q=signalement").json()["data"] == []
    assert len(client_of(ALICE).get(f"{URL}?{queries[0]}").json()["data"]) == 1


def test_the_trail_keeps_no_contents(as_alice, acme):
    body = evidence_body(confidential=True, description=SECRET, author=SECRET)
    evidence = Evidence(pk=as_alice.post(URL, body).json()["data"]["id"])
    upload(as_alice, evidence, name=f"{SECRET}.pdf", note=SECRET)
    as_alice.post(f"{URL}/{evidence.pk}/reviews", {"verdict": "STILL_VALID", "comment": SECRET})
    as_alice.post(f"{URL}/{evidence.pk}/withdraw", {"reason": SECRET})
    entries = AuditEvent.objects.filter(action__startswith="compliance.evidence")
    assert {one.action.rpartition(".")[2] for one in entries} == {
        "added",
        "version_added",
        "reviewed",
        "withdrawn",
    }
    for entry in entries.values():
        assert SECRET not in str(entry)


FOUND = {
    "": ["evd_c", "evd_b", "evd_a"],
    "indicator=4": ["evd_b"],
    "status=WITHDRAWN": ["evd_a"],
    f"owner={TOM.id}": ["evd_c"],
    "kind=LINK": ["evd_b"],
    "recordType=COURSE": ["evd_c"],
    "recordId=crs_one": ["evd_c"],
    "recordType=COURSE&recordId=crs_two": [],
    "expiresBefore=2026-07-01": ["evd_b"],
    "expiresBefore=2026-06-30": [],
    "q=procedure": ["evd_a"],
    "perPage=1&page=2": ["evd_b"],
}


@pytest.fixture
def register(acme):
    make_evidence(id="evd_a", status="WITHDRAWN", withdrawn_at="2026-04-01T08:00:00Z")
    make_evidence(
        id="evd_b",
        title="Veille",
        kind="LINK",
        url="https://example.org",
        indicators=[4, 8],
        valid_until="2026-06-30",
    )
    make_evidence(
        id="evd_c",
        title="Programme",
        record_type="COURSE",
        record_id="crs_one",
        owner_id=TOM.id,
        indicators=[6],
    )


@pytest.mark.parametrize(("query", "expected"), FOUND.items(), ids=str)
def test_filters(as_alice, register, query, expected):
    answer = as_alice.get(f"{URL}?{query}")
    assert [one["id"] for one in answer.json()["data"]] == expected, answer.content


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("indicator=34", "indicator"),
        ("kind=PHOTO", "kind"),
        ("recordType=USER", "recordType"),
        ("recordId=a b", "recordId"),
        ("owner=tom", "owner"),
        ("expiresBefore=demain", "expiresBefore"),
        ("x=1", "x"),
    ],
)
def test_what_a_filter_refuses_is_named(as_alice, query, field):
    answer = as_alice.get(f"{URL}?{query}")
    assert (answer.status_code, fields_of(answer)) == (400, [field])


@pytest.mark.parametrize("query", [query for query in FOUND if "page" not in query], ids=str)
def test_each_filter_has_its_index(acme, query):
    from django.db import connection

    given = dict(pair.split("=") for pair in query.split("&") if pair)
    rows = EvidenceFilter(given, Evidence.objects.newest_first()).qs
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert "Index" in rows[:20].explain()
    assert "Seq Scan" not in rows[:20].explain()


def test_queries_do_not_grow_with_rows(as_alice, acme, count_queries):
    evidence = make_evidence()
    make_version(evidence)
    page = f"{URL}/{evidence.pk}"
    lists, details = [], []
    for _ in range(2):
        lists.append(count_queries(lambda: as_alice.get(URL)))
        details.append(count_queries(lambda: as_alice.get(page)))
        for _ in range(5):
            make_version(evidence)
            make_version(make_evidence())
            evidence.reviews.create(verdict="STILL_VALID", reviewed_by_id=ALICE.id)
    assert lists[0] == lists[1]
    assert details[0] == details[1]


def test_every_record_type_has_a_page(acme):
    for one in record_types.values():
        assert one.page("x_y").startswith("/admin/"), one.name
        assert one.label


def test_the_demo_register_is_loaded_once(acme):
    for _ in range(2):
        for module in (accounts, training, demo):
            module.load("votre-tenant")
    rows = Evidence.objects.all()
    assert {one.kind for one in rows} == {"LINK", "RECORD", "STATEMENT"}
    assert rows.filter(status="WITHDRAWN").count() == 1
    assert rows.filter(verdict="TO_REPLACE").count() == 1
    for one in rows.exclude(record_id=""):
        known = record_types[one.record_type]
        assert known.model._default_manager.filter(pk=one.record_id).exists()
