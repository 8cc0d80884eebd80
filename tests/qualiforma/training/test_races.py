"""Many at once, over real connections to a real server."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

COURSE = {"title": "À suivre une fois", "level": "BEGINNER", "durationHours": 7}
AT_ONCE = 30
# A year of which the demo has no certificate.
YEAR = 2020


def at_once(*calls):
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def new_course(call):
    return call("POST", "courses", COURSE)[1]["data"]["id"]


def test_two_enrollments_one_wins(demo_admin):
    for _ in range(5):
        body = {"courseId": new_course(demo_admin), "userId": "usr_learner01"}
        answers = at_once(*[partial(demo_admin, "POST", "enrollments", body)] * 2)
        assert sorted(status for status, _ in answers) == [201, 409]
        made, refused = (body for _, body in sorted(answers, key=lambda one: one[0]))
        assert refused["enrollmentId"] == made["data"]["id"]


def completed(call):
    body = {
        "courseId": new_course(call),
        "userId": "usr_learner01",
        "enrolledAt": f"{YEAR}-01-06T09:00:00Z",
    }
    row = call("POST", "enrollments", body)[1]["data"]["id"]
    end = {"status": "COMPLETED", "completedAt": f"{YEAR}-02-03T09:00:00Z"}
    assert call("PATCH", f"enrollments/{row}", end)[0] == 200
    return row


def test_thirty_certificates_are_numbered_without_a_gap(demo_admin):
    """Those that wait too long for one another are sent away and come again."""
    demo_admin = replace(demo_admin, patience=20)
    rows = [completed(demo_admin) for _ in range(AT_ONCE)]
    body = {"issuedAt": f"{YEAR}-03-02T09:00:00Z"}
    answers = at_once(
        *[partial(demo_admin, "POST", f"enrollments/{row}/certificate", body) for row in rows]
    )
    assert [status for status, _ in answers] == [201] * AT_ONCE
    numbers = sorted(body["data"]["number"] for _, body in answers)
    assert numbers == [f"{YEAR}-{rank:04d}" for rank in range(1, AT_ONCE + 1)]


def test_one_enrollment_certified_twice_at_once(demo_admin):
    path = f"enrollments/{completed(demo_admin)}/certificate"
    answers = at_once(*[partial(demo_admin, "POST", path, {})] * 4)
    assert sorted(status for status, _ in answers) == [201, 409, 409, 409]
    winner = demo_admin("GET", path)[1]["data"]["id"]
    assert {body["certificateId"] for status, body in answers if status == 409} == {winner}


def test_one_half_day_signed_twice_at_once(demo_admin):
    """The session's row is waited for, so that the second one sees the first."""
    course = new_course(demo_admin)
    body = {"courseId": course, "userId": "usr_learner01", "enrolledAt": "2026-01-05T09:00:00Z"}
    row = demo_admin("POST", "enrollments", body)[1]["data"]["id"]
    session = {
        "courseId": course,
        "title": "Jour 1",
        "startsAt": "2026-01-12T08:00:00Z",
        "endsAt": "2026-01-12T16:00:00Z",
        "mode": "ONSITE",
        "trainerId": "usr_trainer01",
    }
    path = f"sessions/{demo_admin('POST', 'sessions', session)[1]['data']['id']}/signatures"
    sent = {"enrollmentId": row, "halfDay": "AM", "method": "LINK"}
    answers = at_once(*[partial(demo_admin, "POST", path, sent)] * 3)
    assert sorted(status for status, _ in answers) == [201, 409, 409]
    assert demo_admin("GET", path)[1]["meta"]["total"] == 1
