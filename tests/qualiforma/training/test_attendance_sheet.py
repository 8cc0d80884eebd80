"""The attendance sheet of a session: everybody expected, absent as visible as present."""

from datetime import timedelta

import pytest
from django.utils import timezone

from qualiforma.training.models import Attendance
from tests.admin_client import entered, text_of
from tests.cast import ALICE, AUDREY, MONA, TOM
from tests.qualiforma.training.factories import (
    MORNING,
    make_attendance,
    make_course,
    make_enrollment,
    make_session,
    make_signature,
)

pytestmark = pytest.mark.django_db
PAGE = "/admin/training/trainingsession/{}/sheet/"


@pytest.fixture
def session(acme):
    return make_session(make_course(), id="ses_sheet")


def enrolled(session, person, **values):
    return make_enrollment(course=session.course, user_id=person.id, **values)


def rows_of(answer):
    return {
        row.enrollment.user.name: (row.state, [bool(one) for one in row.cells])
        for row in answer.context_data["sheet"].rows
    }


def test_everybody_expected_has_a_row(session, admin_client):
    present, absent = enrolled(session, ALICE), enrolled(session, MONA)
    enrolled(session, TOM)
    enrolled(session, AUDREY, status="SUSPENDED")
    make_attendance(session, present)
    make_signature(session, present)
    make_attendance(session, absent, attended=False, attended_at=None, minutes=None)
    answer = admin_client.get(PAGE.format(session.pk))
    assert rows_of(answer) == {
        "Alice Durand": ("in", [True, False]),
        "Mona Petit": ("out", [False, False]),
        "Tom Leroy": ("", [False, False]),
    }
    text = text_of(answer)
    assert "1 présente, 1 absente, 1 à noter" in text
    assert text.count("Non émargé") == 1


@pytest.mark.parametrize(
    "values",
    [
        {"enrolled_at": MORNING + timedelta(days=1)},
        {"status": "COMPLETED", "completed_at": MORNING - timedelta(days=1)},
        {"expires_at": MORNING - timedelta(days=1)},
        {"status": "REVOKED"},
    ],
    ids=["enrolled later", "completed before", "expired before", "revoked"],
)
def test_who_was_not_expected_has_none_unless_recorded(session, admin_client, values):
    other = enrolled(session, MONA, **values)
    assert rows_of(admin_client.get(PAGE.format(session.pk))) == {}
    make_attendance(session, other)
    assert list(rows_of(admin_client.get(PAGE.format(session.pk)))) == ["Mona Petit"]


def test_presence_and_absence_are_noted_on_the_sheet(session, admin_client):
    here, away, open_ = (enrolled(session, one) for one in (ALICE, MONA, TOM))
    given = {here.pk: "in", away.pk: "out", open_.pk: ""}
    assert admin_client.send(PAGE.format(session.pk), given).status_code == 302
    noted = dict(Attendance.objects.values_list("enrollment", "attended"))
    assert noted == {here.pk: True, away.pk: False}
    # What the page showed and nobody touched is not written again.
    make_attendance(session, open_)
    stale = {open_.pk: "", f"was_{open_.pk}": "", here.pk: "in", f"was_{here.pk}": "in"}
    admin_client.send(PAGE.format(session.pk), stale)
    assert Attendance.objects.get(enrollment=open_).minutes == 420


def test_what_somebody_else_has_noted_the_same_way_keeps_its_minutes(session, admin_client):
    """They are the hours of the certificate."""
    late = enrolled(session, MONA)
    make_attendance(session, late, minutes=90)
    admin_client.send(PAGE.format(session.pk), {late.pk: "in", f"was_{late.pk}": ""})
    assert Attendance.objects.get().minutes == 90


def test_a_session_to_come_is_printed_and_not_filled_in(acme, admin_client):
    begins = timezone.now() + timedelta(days=3)
    session = make_session(make_course(), starts_at=begins, ends_at=begins + timedelta(hours=2))
    one = enrolled(session, MONA)
    page = admin_client.get(PAGE.format(session.pk))
    assert f'name="{one.pk}"' not in page.content.decode()
    for said in ("in", "out"):
        answer = admin_client.send(PAGE.format(session.pk), {one.pk: said})
        assert answer.status_code == 400
        assert not Attendance.objects.exists()


def test_who_may_open_and_write_it(session, auditor_client):
    enrolled(session, MONA)
    assert auditor_client.get(PAGE.format(session.pk)).status_code == 200
    assert auditor_client.send(PAGE.format(session.pk), {}).status_code == 403
    assert auditor_client.get(PAGE.format("ses_nothing")).status_code == 404
    assert entered(ALICE, language="en").get(PAGE.format(session.pk)).status_code == 200


def test_an_empty_sheet_says_how_to_begin(session, admin_client):
    assert "les personnes inscrites apparaîtront ici" in text_of(
        admin_client.get(PAGE.format(session.pk))
    )


def test_queries_do_not_grow(session, admin_client, count_queries):
    make_attendance(session, enrolled(session, ALICE))
    few = count_queries(lambda: admin_client.get(PAGE.format(session.pk)))
    for one in (MONA, TOM, AUDREY):
        made = enrolled(session, one)
        make_attendance(session, made)
        make_signature(session, made)
    assert count_queries(lambda: admin_client.get(PAGE.format(session.pk))) == few
    assert few <= 14
