"""The register of complaints."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from improvements.models import Complaint
from improvements.states import COMPLAINT_MOVES, ComplaintStatus
from tests.cast import ALICE, BOB
from tests.improvements.factories import link, make_complaint, make_plan, make_theme
from tests.qualiforma.training.factories import make_enrollment

URL = "/api/v1/complaints"
BODY = {"subject": "Salle trop froide", "channel": "FORM", "complainantRole": "LEARNER"}
ANSWER = "Chauffage réparé."


def refused(answer, status=400):
    assert answer.status_code == status, answer.content
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_a_complaint_from_arrival_to_answer(as_alice):
    sent = BODY | {"kind": "DIFFICULTY", "receivedAt": "2026-04-08T11:12:00+02:00"}
    created = as_alice.post(URL, sent)
    assert created.status_code == 201
    row = created.json()["data"]
    assert row["receivedAt"] == "2026-04-08T09:12:00Z"
    assert (row["status"], row["resolvedAt"], row["resolution"]) == ("OPEN", None, None)
    url = f"{URL}/{row['id']}"
    as_alice.patch(url, {"acknowledgedAt": "2026-04-09T08:00:00Z", "status": "IN_PROGRESS"})
    answered = as_alice.patch(url, {"status": "RESOLVED", "resolution": ANSWER}).json()["data"]
    assert answered["acknowledgedAt"] == "2026-04-09T08:00:00Z"
    assert answered["resolvedAt"] is not None
    reopened = as_alice.patch(url, {"status": "IN_PROGRESS"}).json()["data"]
    assert (reopened["resolvedAt"], reopened["resolution"]) == (None, ANSWER)


@pytest.mark.parametrize("current", ComplaintStatus)
@pytest.mark.parametrize("target", ComplaintStatus)
def test_moves(as_alice, current, target):
    answered = {"resolved_at": timezone.now()} if current in {"RESOLVED", "REJECTED"} else {}
    complaint = make_complaint(status=current, received_at="2026-01-01T00:00Z", **answered)
    answer = as_alice.patch(f"{URL}/{complaint.pk}", {"status": target, "resolution": ANSWER})
    if current == target or target in COMPLAINT_MOVES[current]:
        assert answer.json()["data"]["status"] == target
        return
    assert answer.json()["code"] == "ILLEGAL_TRANSITION"
    assert set(answer.json()["allowed"]) == {one.value for one in COMPLAINT_MOVES[current]}
    complaint.refresh_from_db()
    assert (complaint.status, complaint.resolution) == (current, "")


WRONG = [
    ({"status": "RESOLVED"}, [("resolution", "required")]),
    ({"status": "REJECTED", "resolution": ""}, [("resolution", "required")]),
    ({"resolvedAt": "2026-02-01T00:00:00Z"}, [("resolvedAt", "unexpected")]),
    ({"acknowledgedAt": "2025-12-31T00:00:00Z"}, [("acknowledgedAt", "too_early")]),
    ({"receivedAt": "2999-01-01T00:00:00Z"}, [("receivedAt", "future")]),
    ({"receivedAt": "2026-01-01"}, [("receivedAt", "invalid")]),
    ({"receivedAt": "2026-01-01T10:00:00"}, [("receivedAt", "invalid")]),
    ({"receivedAt": "0001-01-01T00:00:00+23:59"}, [("receivedAt", "invalid")]),
    ({"receivedAt": None}, [("receivedAt", "null")]),
    ({"subject": "  "}, [("subject", "blank")]),
    ({"channel": "FAX"}, [("channel", "invalid_choice")]),
    ({"objet": "x"}, [("objet", "unknown")]),
]


@pytest.mark.parametrize(("changes", "expected"), WRONG)
def test_what_is_refused_is_named_and_changes_nothing(as_alice, changes, expected):
    complaint = make_complaint(received_at="2026-01-01T00:00Z")
    before = Complaint.objects.values().get()
    assert refused(as_alice.patch(f"{URL}/{complaint.pk}", changes)) == expected
    assert Complaint.objects.values().get() == before


def test_old_instants_keep_their_four_digits(as_alice):
    row = as_alice.post(URL, BODY | {"receivedAt": "0849-08-11T14:53:35Z"}).json()["data"]
    assert row["receivedAt"] == "0849-08-11T14:53:35Z"


def test_a_stale_change_is_refused(as_alice):
    complaint = make_complaint()
    url = f"{URL}/{complaint.pk}"
    tag = as_alice.get(url)["ETag"]
    assert as_alice.patch(url, {"subject": "Autre"}, HTTP_IF_MATCH=tag)["ETag"] == '"2"'
    answer = as_alice.patch(url, {"subject": "Encore"}, HTTP_IF_MATCH=tag)
    assert (answer.status_code, answer.json()["version"]) == (412, 2)
    assert as_alice.patch(url, {"subject": "Autre"})["ETag"] == '"2"', "no change, no version"


def test_who_sees_what(as_alice, as_mona, as_tom, as_bob, as_audrey):
    foreign = make_complaint()
    own = as_bob.post(URL, BODY).json()["data"]["id"]
    assert as_tom.post(URL, BODY).status_code == 201
    assert as_audrey.post(URL, BODY).status_code == 403
    for reader in (as_alice, as_mona, as_audrey):
        assert reader.get(URL).json()["meta"]["total"] == 3
    assert [row["id"] for row in as_bob.get(URL).json()["data"]] == [own]
    assert as_bob.get(f"{URL}/{own}").status_code == 200
    assert as_bob.get(f"{URL}/{foreign.pk}").status_code == 404
    assert as_bob.patch(f"{URL}/{own}", {"subject": "x"}).status_code == 403
    assert as_tom.get(URL).status_code == 403
    assert Complaint.objects.get(pk=own).created_by_id == BOB.id


def test_the_plans_that_answer_it(as_alice):
    complaint = make_complaint()
    kept, deleted = make_plan(), make_plan(deleted_at=timezone.now())
    link(kept, complaint)
    link(deleted, complaint)
    assert as_alice.get(f"{URL}/{complaint.pk}").json()["data"]["improvementPlanIds"] == [kept.pk]


def test_the_list_costs_the_same_for_many(as_alice, count_queries):
    link(make_plan(), make_complaint(theme=make_theme("Premier")))
    few = count_queries(lambda: as_alice.get(URL))
    for number in range(30):
        link(make_plan(), make_complaint(theme=make_theme(f"Thème {number}")))
    assert count_queries(lambda: as_alice.get(URL)) == few


def test_the_enrollment_that_it_is_about(as_alice, as_bob):
    own, others = make_enrollment(), make_enrollment(user_id=ALICE.id)
    created = as_bob.post(URL, BODY | {"enrollmentId": own.pk}).json()["data"]
    assert created["enrollmentId"] == own.pk
    for wrong in (others.pk, "enr_none"):  # another's reads as none
        answer = as_bob.post(URL, BODY | {"enrollmentId": wrong})
        assert refused(answer) == [("enrollmentId", "unknown")]
    url = f"{URL}/{created['id']}"
    moved = as_alice.patch(url, {"enrollmentId": others.pk})
    assert moved.json()["data"]["enrollmentId"] == others.pk
    assert as_alice.get(f"{URL}?enrollmentId={own.pk}").json()["meta"]["total"] == 0
    assert as_alice.get(f"{URL}?enrollmentId={others.pk}").json()["meta"]["total"] == 1
    assert as_alice.patch(url, {"enrollmentId": None}).json()["data"]["enrollmentId"] is None


FILTERS = [
    ("status=REJECTED", {"refusée"}),
    ("unanswered=true", {"froid", "récente"}),
    ("unanswered=false", {"refusée"}),
    ("kind=INCIDENT", {"récente"}),
    ("channel=PHONE", {"froid"}),
    ("q=REFUSEE", {"refusée"}),
    ("q=benali", {"froid"}),
    ("receivedFrom=2026-03-01", {"récente"}),
    ("receivedTo=2026-02-28", {"froid", "refusée"}),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_filters(as_alice, query, expected):
    day = datetime.fromisoformat("2026-02-28T22:59:59+00:00")  # still February in Paris
    make_complaint(
        subject="froid", channel="PHONE", complainant_name="Nadia Benali", received_at=day
    )
    make_complaint(
        subject="refusée",
        status="REJECTED",
        received_at=day - timedelta(days=30),
        resolved_at=day,
    )
    make_complaint(subject="récente", kind="INCIDENT", received_at=day + timedelta(seconds=1))
    rows = as_alice.get(f"{URL}?{query}").json()["data"]
    assert {row["subject"] for row in rows} == expected


def test_newest_first_and_the_other_way(as_alice):
    for day in (2, 1, 3):
        make_complaint(subject=str(day), received_at=f"2026-01-0{day}T00:00Z")
    assert [row["subject"] for row in as_alice.get(URL).json()["data"]] == ["3", "2", "1"]
    rows = as_alice.get(f"{URL}?ordering=receivedAt").json()["data"]
    assert [row["subject"] for row in rows] == ["1", "2", "3"]
