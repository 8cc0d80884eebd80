"""By when complaints are to be acknowledged and answered, what is late, and the figures of it."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.utils import timezone

from compliance.models import OrganisationProfile
from improvements.models import Complaint
from improvements.states import Late
from qualiforma.audit.models import AuditEvent
from tests.admin_client import text_of
from tests.improvements.factories import make_complaint, make_theme

URL = "/api/v1/complaints"
LIST = "/admin/improvements/complaint/"
BODY = {"subject": "Salle trop froide", "channel": "FORM", "complainantRole": "LEARNER"}
LONG_AGO = "2026-01-05T09:00:00Z"


def received(client, instant):
    return client.post(URL, BODY | {"receivedAt": instant}).json()["data"]


@pytest.mark.parametrize(
    ("instant", "acknowledge_by", "answer_by"),
    [
        ("2026-06-05T15:00:00Z", "2026-06-09", "2026-06-19"),  # Friday, 17:00 in Paris
        ("2026-04-30T15:00:00Z", "2026-05-05", "2026-05-19"),  # 1 and 8 May, Ascension
        ("2026-07-10T15:00:00Z", "2026-07-15", "2026-07-27"),
        ("2026-06-04T22:30:00Z", "2026-06-09", "2026-06-19"),  # already Friday in Paris
    ],
)
def test_delays_are_counted_in_working_days(as_alice, instant, acknowledge_by, answer_by):
    row = received(as_alice, instant)
    assert (row["acknowledgeBy"], row["answerBy"]) == (acknowledge_by, answer_by)


def test_delays_are_those_announced_when_it_was_received(as_alice):
    before = received(as_alice, LONG_AGO)
    OrganisationProfile.objects.create(acknowledge_days=1, answer_days=5)
    after = received(as_alice, LONG_AGO)
    assert (before["acknowledgeBy"], before["answerBy"]) == ("2026-01-07", "2026-01-19")
    assert (after["acknowledgeBy"], after["answerBy"]) == ("2026-01-06", "2026-01-12")
    url = f"{URL}/{before['id']}"
    assert as_alice.patch(url, {"subject": "Froid"}).json()["data"]["answerBy"] == "2026-01-19"
    moved = as_alice.patch(url, {"receivedAt": "2026-01-06T09:00:00Z"}).json()["data"]
    assert (moved["acknowledgeBy"], moved["answerBy"]) == ("2026-01-07", "2026-01-13")


def test_the_next_change_fills_in_what_older_code_left_out(as_alice):
    complaint = make_complaint(received_at=LONG_AGO)
    Complaint.objects.update(acknowledge_by=None, answer_by=None)
    url = f"{URL}/{complaint.pk}"
    assert as_alice.get(url).json()["data"]["late"] is None
    row = as_alice.patch(url, {"subject": "Froid"}).json()["data"]
    assert (row["answerBy"], row["late"]) == ("2026-01-19", "TO_ANSWER")


# --- Acknowledging
def test_it_is_acknowledged_once(as_alice):
    complaint = make_complaint(received_at=LONG_AGO)
    url = f"{URL}/{complaint.pk}/acknowledge"
    assert as_alice.post(url, {}, HTTP_IF_MATCH='"7"').status_code == 412
    answer = as_alice.post(url, {"acknowledgedAt": "2026-01-06T08:00:00Z"})
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert answer.json()["data"]["acknowledgedAt"] == "2026-01-06T08:00:00Z"
    again = as_alice.post(url, {})
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_ACKNOWLEDGED")
    events = as_alice.get(f"/api/v1/audit-events?objectId={complaint.pk}").json()["data"]
    assert events[0]["action"] == "improvements.complaint.acknowledged"


@pytest.mark.parametrize(
    ("instant", "code"), [("2025-12-31T00:00:00Z", "too_early"), ("2999-01-01T00:00:00Z", "future")]
)
def test_an_acknowledgement_comes_after_the_complaint_and_not_tomorrow(as_alice, instant, code):
    complaint = make_complaint(received_at=LONG_AGO)
    answer = as_alice.post(f"{URL}/{complaint.pk}/acknowledge", {"acknowledgedAt": instant})
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [
        ("acknowledgedAt", code)
    ]
    complaint.refresh_from_db()
    assert complaint.acknowledged_at is None


def test_without_an_instant_it_is_now(as_alice):
    complaint = make_complaint()
    row = as_alice.post(f"{URL}/{complaint.pk}/acknowledge", {}).json()["data"]
    assert row["acknowledgedAt"] is not None


# --- Late
@pytest.fixture
def register(acme):
    """One complaint of each kind of delay."""
    long_ago = timezone.now() - timedelta(days=60)
    then = {"received_at": long_ago, "acknowledged_at": long_ago}
    make_complaint(subject="nouvelle")
    make_complaint(subject="muette", received_at=long_ago)
    make_complaint(subject="accusée", **then)
    answered = {"status": "RESOLVED", "resolution": "Réglé."}
    make_complaint(subject="tardive", **then, **answered, resolved_at=timezone.now())
    quick = long_ago + timedelta(days=1)
    make_complaint(subject="répondue", **then, **answered, resolved_at=quick)


def subjects(client, query):
    return {row["subject"] for row in client.get(f"{URL}?{query}").json()["data"]}


def test_what_is_late_is_found(register, as_alice):
    assert subjects(as_alice, "late=TO_ACKNOWLEDGE") == {"muette"}
    assert subjects(as_alice, "late=TO_ANSWER") == {"muette", "accusée"}
    late = {row["subject"]: row["late"] for row in as_alice.get(URL).json()["data"]}
    assert late == {
        "nouvelle": None,
        "muette": "TO_ANSWER",
        "accusée": "TO_ANSWER",
        "tardive": None,
        "répondue": None,
    }
    assert as_alice.get(f"{URL}?late=x").status_code == 400


def test_on_its_last_day_nothing_is_late(acme):
    complaint = make_complaint()
    for day in (complaint.acknowledge_by, complaint.answer_by):
        Complaint.objects.update(acknowledge_by=timezone.localdate(), answer_by=day)
        complaint.refresh_from_db()
        assert complaint.late is None


@pytest.mark.parametrize("what", Late)
def test_what_is_late_is_found_by_an_index(register, what):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Complaint.objects.late(what).order_by().explain()
    assert "using complaint_to_" in plan, "in a small table either serves both"


def test_figures(register, as_alice, count_queries):
    Complaint.objects.filter(subject="muette").update(theme=make_theme("Salles"))
    answer = as_alice.get(f"{URL}/stats")
    figures = answer.json()["data"]
    assert figures["total"] == 5
    assert (figures["unanswered"], figures["lateToAcknowledge"], figures["lateToAnswer"]) == (
        3,
        1,
        2,
    )
    assert figures["acknowledgedOnTimeRate"] == 0.75
    assert figures["answeredOnTimeRate"] == 0.25
    assert figures["averageAnswerDays"] in {30, 31}
    assert [(one["theme"], one["complaints"]) for one in figures["byTheme"]] == [
        ("Salles", 1),
        (None, 4),
    ]
    few = count_queries(lambda: as_alice.get(f"{URL}/stats"))
    for rank in range(10):
        make_complaint(theme=make_theme(f"Thème {rank}"))
    assert count_queries(lambda: as_alice.get(f"{URL}/stats")) == few


def test_figures_of_no_complaint_and_of_a_period(as_alice):
    figures = as_alice.get(f"{URL}/stats").json()["data"]
    assert (figures["total"], figures["answeredOnTimeRate"], figures["byTheme"]) == (0, None, [])
    make_complaint(received_at="2026-03-31T22:30:00Z")  # April in Paris
    for query, total in (("from=2026-04-01&to=2026-04-01", 1), ("to=2026-03-31", 0)):
        assert as_alice.get(f"{URL}/stats?{query}").json()["data"]["total"] == total
    assert as_alice.get(f"{URL}/stats?from=2026-04-02&to=2026-04-01").status_code == 400


# --- Under /admin/
def test_the_page_says_by_when_and_acknowledges(admin_client):
    complaint = make_complaint(received_at=LONG_AGO)
    page = f"{LIST}{quote(complaint.pk)}/change/"
    text = text_of(admin_client.get(page))
    assert "07/01/2026" in text
    assert "19/01/2026" in text
    assert "Réponse en retard" in text
    act = f"{LIST}{quote(complaint.pk)}/acknowledge/"
    assert admin_client.get(act).status_code == 403
    assert admin_client.send(act, {}).status_code == 302
    complaint.refresh_from_db()
    assert complaint.acknowledged_at is not None
    assert "Accuser réception" not in text_of(admin_client.get(page))
    admin_client.send(act, {})
    assert "L’accusé de réception est déjà noté" in text_of(admin_client.get(page))


def test_an_auditor_acknowledges_nothing(auditor_client):
    complaint = make_complaint()
    assert auditor_client.send(f"{LIST}{quote(complaint.pk)}/acknowledge/", {}).status_code == 403
    complaint.refresh_from_db()
    assert complaint.acknowledged_at is None


def test_the_list_finds_what_is_late(register, admin_client):
    text = text_of(admin_client.get(f"{LIST}?late=TO_ACKNOWLEDGE"))
    assert "muette" in text
    assert "accusée" not in text


def test_the_register_is_exported_even_when_empty(admin_client):
    for form in ("csv", "xlsx"):
        answer = admin_client.get(f"{LIST}download/{form}/")
        content = b"".join(answer.streaming_content)
        assert answer.status_code == 200
        if form == "csv":
            [head] = content.decode("utf-8-sig").splitlines()
            assert "Réponse attendue le" in head


# --- Complaints that were there before
def test_the_migration_fills_the_delays_once_and_the_trail_says_so(as_alice):
    OrganisationProfile.objects.create(acknowledge_days=1, answer_days=5)
    old, kept = make_complaint(received_at=LONG_AGO), make_complaint(received_at=LONG_AGO)
    Complaint.objects.filter(pk=old.pk).update(acknowledge_by=None, answer_by=None)
    migration = import_module("improvements.migrations.0015_fill_complaint_delays")
    for _ in range(2):
        migration.fill(None, SimpleNamespace(connection=connection))
    days = {
        one.pk: (str(one.acknowledge_by), str(one.answer_by)) for one in Complaint.objects.all()
    }
    assert days == {
        old.pk: ("2026-01-06", "2026-01-12"),
        kept.pk: ("2026-01-07", "2026-01-19"),
    }
    events = AuditEvent.objects.filter(action="improvements.complaint.delays_set")
    assert [one.object_id for one in events] == [old.pk]
