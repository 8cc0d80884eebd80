"""Sessions, attendances and signatures over HTTP."""

from datetime import timedelta

import pytest

from qualiforma.training.models import Attendance, Signature, TrainingSession
from tests.cast import ALICE, BOB, MONA, TOM
from tests.qualiforma.training.factories import (
    MORNING,
    make_attendance,
    make_course,
    make_enrollment,
    make_session,
    make_signature,
)

URL = "/api/v1/sessions"


@pytest.fixture
def enrollment(acme):
    return make_enrollment(id="enr_bob")


@pytest.fixture
def session(enrollment):
    return make_session(enrollment.course, id="ses_one")


def errors(answer):
    assert answer.status_code == 400, answer.content
    return [(one["field"], one["code"]) for one in answer.json()["errors"]]


def test_a_session_is_planned_and_moved(as_tom):
    sent = {
        "courseId": make_course().pk,
        "title": "Jour 1",
        "startsAt": "2027-03-15T08:00:00Z",
        "endsAt": "2027-03-15T16:00:00Z",
        "mode": "HYBRID",
        "trainerId": MONA.id,
    }
    row = as_tom.post(URL, sent).json()["data"]
    assert {name: row[name] for name in sent} == sent
    url = f"{URL}/{row['id']}"
    later = {"startsAt": "2027-03-16T08:00:00Z", "endsAt": "2027-03-16T16:00:00Z"}
    assert as_tom.patch(url, later)["ETag"] == '"2"'
    night = {"startsAt": "2027-03-16T22:00:00Z", "endsAt": "2027-03-16T23:30:00Z"}
    assert errors(as_tom.patch(url, night)) == [("endsAt", "another_day")]
    assert errors(as_tom.patch(url, {"trainerId": BOB.id})) == [("trainerId", "role")]
    assert errors(as_tom.patch(url, {"courseId": "crs_none"})) == [("courseId", "unknown")]


def test_a_session_that_was_held_stays_that_of_its_course(as_alice, session, enrollment):
    make_attendance(session, enrollment)
    answer = as_alice.patch(f"{URL}/{session.pk}", {"courseId": make_course().pk})
    assert (answer.status_code, answer.json()["code"]) == (409, "SESSION_HELD")
    assert answer.json()["fields"] == ["courseId"]
    assert as_alice.patch(f"{URL}/{session.pk}", {"trainerId": ALICE.id}).status_code == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("courseId=crs_one", {"ses_1"}),
        (f"trainerId={MONA.id}", {"ses_2"}),
        ("mode=REMOTE", {"ses_2"}),
        ("startsFrom=2026-03-03", {"ses_2"}),
        ("startsTo=2026-03-02", {"ses_1"}),
        ("enrollmentId=enr_bob", {"ses_2"}),
    ],
)
def test_filters(as_alice, enrollment, query, expected):
    make_session(make_course(id="crs_one"), id="ses_1")
    day = timedelta(days=1)
    times = {"starts_at": MORNING + day, "ends_at": MORNING + 2 * day}
    second = make_session(enrollment.course, id="ses_2", mode="REMOTE", trainer_id=MONA.id, **times)
    make_attendance(second, enrollment)
    rows = as_alice.get(f"{URL}?{query}").json()["data"]
    assert {row["id"] for row in rows} == expected


def test_the_last_word_on_an_attendance_counts(as_alice, session, enrollment):
    url = f"{URL}/{session.pk}/attendances/{enrollment.pk}"
    said = as_alice.put(url, {"attended": True, "minutes": 420})
    assert (said.status_code, said["ETag"]) == (200, '"2"')
    assert said.json()["data"]["attendedAt"] == "2026-03-02T08:00:00Z"
    assert as_alice.put(url, {"attended": True, "minutes": 420})["ETag"] == '"2"', "no change"
    corrected = as_alice.put(url, {"attended": False}).json()["data"]
    assert (corrected["attendedAt"], corrected["minutes"]) == (None, None)
    assert Attendance.objects.count() == 1
    listed = as_alice.get(f"{URL}/{session.pk}/attendances?attended=false").json()
    assert listed["data"] == [corrected]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"attended": False, "minutes": 3}, [("minutes", "unexpected")]),
        ({"attended": True, "minutes": 481}, [("minutes", "max_value")]),
        ({"attended": True, "minutes": 4.0}, [("minutes", "invalid")]),
        ({"attended": True, "attendedAt": "2026-03-03T08:00:00Z"}, [("attendedAt", "another_day")]),
        ({"attended": "true"}, [("attended", "invalid")]),
        ({}, [("attended", "required")]),
    ],
)
def test_an_attendance_that_cannot_be(as_alice, session, enrollment, body, expected):
    answer = as_alice.put(f"{URL}/{session.pk}/attendances/{enrollment.pk}", body)
    assert errors(answer) == expected
    assert not Attendance.objects.exists()


def test_evidence_of_another_course_is_refused(as_alice, session):
    stranger = make_enrollment(id="enr_other")
    answer = as_alice.put(f"{URL}/{session.pk}/attendances/enr_other", {"attended": True})
    assert errors(answer) == [("enrollmentId", "another_course")]
    sent = {"enrollmentId": stranger.pk, "halfDay": "AM", "method": "PAPER"}
    answer = as_alice.post(f"{URL}/{session.pk}/signatures", sent)
    assert errors(answer) == [("enrollmentId", "another_course")]
    nobody = as_alice.put(f"{URL}/{session.pk}/attendances/enr_none", {"attended": True})
    assert nobody.status_code == 404


def test_a_signature_and_its_correction(as_tom, session, enrollment):
    url = f"{URL}/{session.pk}/signatures"
    sent = {
        "enrollmentId": enrollment.pk,
        "halfDay": "AM",
        "method": "QR_CODE",
        "signedAt": "2026-03-02T08:05:00Z",
        "evidenceSha256": "ab" * 32,
    }
    first = as_tom.post(url, sent)
    assert (first.status_code, first["ETag"]) == (201, '"2"')
    row = first.json()["data"]
    assert {name: row[name] for name in sent} == sent
    again = as_tom.post(url, sent)
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_SIGNED")
    assert again.json()["signatureId"] == row["id"]
    corrected = as_tom.post(url, sent | {"method": "PAPER", "replaces": row["id"]}).json()["data"]
    assert corrected["replaces"] == row["id"]
    late = as_tom.post(url, sent | {"replaces": row["id"]})
    assert (late.status_code, late.json()["signatureId"]) == (409, corrected["id"])
    counted = as_tom.get(f"{url}?replaced=false").json()["data"]
    assert [one["id"] for one in counted] == [corrected["id"]]
    (old,) = as_tom.get(f"{url}?replaced=true").json()["data"]
    assert (old["id"], old["replacedBy"]) == (row["id"], corrected["id"])
    assert as_tom.patch(f"{url}/{row['id']}", {"method": "LINK"}).status_code == 404


def test_signatures_of_one_learner_and_half_day(as_alice, session, enrollment):
    make_signature(session, enrollment)
    make_signature(session, enrollment, half_day="PM")
    mona = make_enrollment(course=enrollment.course, user_id=MONA.id)
    make_signature(session, mona)
    url = f"{URL}/{session.pk}/signatures"
    assert as_alice.get(f"{url}?enrollmentId={mona.pk}").json()["meta"]["total"] == 1
    assert as_alice.get(f"{url}?halfDay=AM").json()["meta"]["total"] == 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"evidenceSha256": "AB" * 32}, [("evidenceSha256", "invalid")]),
        ({"signedAt": "2999-01-01T00:00:00Z"}, [("signedAt", "future")]),
        ({"signedAt": "2026-03-01T08:00:00Z"}, [("signedAt", "too_early")]),
        ({"replaces": "sig_none"}, [("replaces", "unknown")]),
        ({"enrollmentId": "enr_none"}, [("enrollmentId", "unknown")]),
        ({"halfDay": "NIGHT"}, [("halfDay", "invalid_choice")]),
    ],
)
def test_a_signature_that_cannot_be(as_alice, session, enrollment, changes, expected):
    sent = {
        "enrollmentId": enrollment.pk,
        "halfDay": "AM",
        "method": "LINK",
        "signedAt": "2026-03-02T08:05:00Z",
    }
    answer = as_alice.post(f"{URL}/{session.pk}/signatures", sent | changes)
    assert errors(answer) == expected
    assert not Signature.objects.exists()


def test_a_stale_word_writes_nothing(as_alice, session, enrollment):
    url = f"{URL}/{session.pk}/attendances/{enrollment.pk}"
    answer = as_alice.put(url, {"attended": True}, HTTP_IF_MATCH='"7"')
    assert answer.status_code == 412
    assert not Attendance.objects.exists()
    assert TrainingSession.objects.get().version == 1
    assert TrainingSession.objects.get().trainer_id == TOM.id
