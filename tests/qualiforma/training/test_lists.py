"""Every list: its cost does not grow with its rows, its filters are those it names."""

from datetime import timedelta

import pytest

from qualiforma.accounts.models import User
from tests.qualiforma.training.factories import (
    MORNING,
    make_attendance,
    make_company,
    make_course,
    make_enrollment,
    make_questionnaire,
    make_session,
    make_signature,
    make_submission,
)

LISTS = (
    "companies",
    "courses",
    "enrollments",
    "sessions",
    "sessions/ses_one/attendances",
    "sessions/ses_one/signatures",
    "questionnaires",
    "questionnaires/qst_one/submissions",
)


@pytest.fixture
def fill(acme):
    course = make_course()
    session = make_session(course, id="ses_one")
    asked = make_questionnaire(id="qst_one", kind="SATISFACTION")

    def one(rank):
        make_course()
        make_questionnaire()
        day = timedelta(days=rank + 1)
        make_session(course, starts_at=MORNING + day, ends_at=MORNING + day + timedelta(hours=1))
        learner = User.objects.create(email=f"{rank}@x.fr", name=str(rank), role="LEARNER")
        row = make_enrollment(course=course, user_id=learner.pk, company=make_company())
        make_attendance(session, row)
        first = make_signature(session, row)
        make_signature(session, row, replaces=first)
        make_submission(asked, enrollment=row)

    return one


@pytest.mark.parametrize("path", LISTS)
def test_the_list_costs_the_same_for_many(as_alice, fill, count_queries, path):
    url = f"/api/v1/{path}?perPage=100"
    fill(0)
    few = count_queries(lambda: as_alice.get(url))
    for rank in range(1, 9):
        fill(rank)
    assert count_queries(lambda: as_alice.get(url)) == few
    assert len(as_alice.get(url).json()["data"]) >= 9


@pytest.mark.parametrize("path", LISTS)
def test_a_misspelt_filter_is_named_with_those_there_are(as_alice, fill, path):
    answer = as_alice.get(f"/api/v1/{path}?statut=ACTIVE")
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == ["statut"]
