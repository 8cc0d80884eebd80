"""Rules of the services that no endpoint shows by itself; the endpoints' own files have the rest."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.errors import IllegalTransitionError, InvalidFieldsError
from qualiforma.training import services
from qualiforma.training.models import Enrollment
from qualiforma.training.services import enrollments
from qualiforma.training.services.exceptions import (
    AlreadyCertifiedError,
    AlreadyEnrolledError,
    AlreadyReplacedError,
    AlreadySignedError,
    AnsweredError,
    NotCompletedError,
    NumberTakenError,
    SessionHeldError,
)
from qualiforma.training.siret import is_siret
from qualiforma.training.states import ENROLLMENT_MOVES, EnrollmentStatus
from tests.cast import ALICE, BOB
from tests.qualiforma.training.factories import (
    MORNING,
    make_course,
    make_enrollment,
    make_questionnaire,
    make_session,
    make_signature,
)

ALICE_ACTS = Actor(id=ALICE.id, name=ALICE.name, role=ALICE.role)


def do(service, **arguments):
    return getattr(services, service)(actor=ALICE_ACTS, **arguments)


def drafted(noun, **values):
    return getattr(services, f"{noun}Draft")(**values)


def codes(call):
    with pytest.raises(InvalidFieldsError) as refused:
        call()
    return {one.field: one.code for one in refused.value.errors}


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("73282932000074", True),
        ("73282932000075", False),
        ("35600000000048", True),  # La Poste's head office: Luhn
        ("35600000000009", False),
        ("35600000049837", True),  # one of its counters: digits add up to 45
        ("01234567800002", False),  # checks as a whole; its SIREN does not
        ("7328293200007", False),
        ("7328293200007a", False),
        ("٧٣٢٨٢٩٣٢٠٠٠٠٧٤", False),
    ],
)
def test_siret(number, good):
    assert is_siret(number) is good


def test_a_company_with_a_wrong_number_and_address(acme):
    draft = drafted("Company", name=" ", siret="123", contact_email="nobody")
    found = codes(lambda: do("create_company", draft=draft))
    assert found == {"name": "blank", "siret": "invalid", "contact_email": "invalid"}


def test_a_siret_is_written_with_spaces_and_taken_once(acme):
    first = do("create_company", draft=drafted("Company", name="Anjou", siret="732 829 320 00074"))
    assert first.siret == "73282932000074"
    again = drafted("Company", name="Autre", siret=first.siret)
    assert codes(lambda: do("create_company", draft=again)) == {"siret": "taken"}


def test_an_id_brought_along_is_taken_once(acme):
    draft = drafted("Company", name="Anjou", id="cmp_mine")
    assert do("create_company", draft=draft).pk == "cmp_mine"
    assert codes(lambda: do("create_company", draft=draft)) == {"id": "taken"}
    wrong = drafted("Company", name="Anjou", id="crs_mine")
    assert codes(lambda: do("create_company", draft=wrong)) == {"id": "invalid"}


def test_a_course_leads_upwards(acme):
    draft = drafted(
        "Course",
        title="Excel",
        level="BEGINNER",
        entry_level="EXPERT",
        duration_hours=Decimal(0),
        skills=["Tableur", " "],
    )
    assert codes(lambda: do("create_course", draft=draft)) == {
        "entry_level": "above_level",
        "duration_hours": "min_value",
        "skills[1]": "blank",
    }


@pytest.mark.parametrize("current", EnrollmentStatus)
@pytest.mark.parametrize("target", EnrollmentStatus)
def test_enrollment_moves(acme, current, target):
    allowed = {
        ("ACTIVE", "COMPLETED"),
        ("ACTIVE", "SUSPENDED"),
        ("ACTIVE", "REVOKED"),
        ("SUSPENDED", "ACTIVE"),
        ("SUSPENDED", "REVOKED"),
    }
    row = make_enrollment(status=current)
    move = {"enrollment": row, "changes": {"status": target}}
    if current == target:
        assert do("change_enrollment", **move).version == row.version
    elif (current, target) in allowed:
        moved = do("change_enrollment", **move)
        assert (moved.status, moved.completed_at is not None) == (target, target == "COMPLETED")
    else:
        with pytest.raises(IllegalTransitionError) as refused:
            do("change_enrollment", **move)
        assert refused.value.facts["allowed"] == sorted(ENROLLMENT_MOVES[current])


def test_a_suspended_learner_who_enrolled_again_cannot_resume(acme):
    first = make_enrollment(status="SUSPENDED")
    second = make_enrollment(course=first.course)
    with pytest.raises(AlreadyEnrolledError) as refused:
        do("change_enrollment", enrollment=first, changes={"status": "ACTIVE"})
    assert refused.value.facts == {"enrollment_id": second.pk}


def test_the_database_refuses_with_the_same_words(acme, monkeypatch):
    """What a check has not seen: a row that came by another way meanwhile."""
    first = make_enrollment()
    draft = drafted("Enrollment", course=first.course_id, user=BOB.id)
    check, calls = enrollments._check_alone, [0]
    monkeypatch.setattr(
        enrollments, "_check_alone", lambda one: None if calls and calls.pop() == 0 else check(one)
    )
    with pytest.raises(AlreadyEnrolledError) as refused:
        do("create_enrollment", draft=draft)
    assert refused.value.facts == {"enrollment_id": first.pk}
    assert Enrollment.objects.count() == 1


def test_nobody_is_enrolled_from_elsewhere_or_before_time(acme):
    User.objects.filter(pk=BOB.id).update(is_active=False)
    tomorrow = timezone.now() + timedelta(days=1)
    draft = drafted(
        "Enrollment",
        course="crs_none",
        user=BOB.id,
        company="cmp_none",
        enrolled_at=tomorrow,
        expires_at=MORNING,
    )
    assert codes(lambda: do("create_enrollment", draft=draft)) == {
        "course": "unknown",
        "user": "unknown",
        "company": "unknown",
        "enrolled_at": "future",
        "expires_at": "too_early",
    }


def planned(course, start, end, trainer="usr_tom"):
    return drafted(
        "Session",
        course=course.pk,
        title="Jour",
        starts_at=start,
        ends_at=end,
        mode="ONSITE",
        trainer=trainer,
    )


def test_a_session_lies_within_a_day_of_paris(acme):
    course = make_course()
    late = datetime(2026, 7, 1, 21, tzinfo=UTC)  # 23 o'clock in Paris
    over = planned(course, late, late + timedelta(hours=2), trainer=BOB.id)
    found = codes(lambda: do("create_session", draft=over))
    assert found == {"ends_at": "another_day", "trainer": "role"}
    backwards = planned(course, late, late)
    assert codes(lambda: do("create_session", draft=backwards)) == {"ends_at": "too_early"}
    until_midnight = planned(course, late, late + timedelta(hours=1))
    assert do("create_session", draft=until_midnight).pk


def test_a_session_that_was_signed_for_keeps_its_course_and_day(acme):
    enrollment = make_enrollment()
    session = make_session(enrollment.course)
    make_signature(session, enrollment)
    other, later = make_course(), timedelta(days=1)
    moved = {
        "course": other.pk,
        "starts_at": session.starts_at + later,
        "ends_at": session.ends_at + later,
    }
    with pytest.raises(SessionHeldError) as refused:
        do("change_session", session=session, changes=moved)
    assert refused.value.facts == {"fields": ["course", "starts_at"]}
    shorter = {"ends_at": session.ends_at - timedelta(hours=1)}
    assert do("change_session", session=session, changes=shorter).version == 2


def signing(enrollment, **values):
    given = {"half_day": "AM", "method": "LINK", "signed_at": MORNING}
    return drafted("Signature", enrollment=enrollment.pk, **given | values)


def test_a_signature_is_corrected_by_one_that_names_it(acme):
    enrollment = make_enrollment()
    session = make_session(enrollment.course)

    def sign(**values):
        return do("record_signature", session=session, draft=signing(enrollment, **values))

    first = sign()
    with pytest.raises(AlreadySignedError) as refused:
        sign()
    assert refused.value.facts == {"signature_id": first.pk}
    second = sign(replaces=first.pk, method="PAPER")
    with pytest.raises(AlreadyReplacedError) as corrected:
        sign(replaces=first.pk)
    assert corrected.value.facts == {"signature_id": second.pk}
    afternoon = {"half_day": "PM", "replaces": first.pk}
    assert codes(lambda: sign(**afternoon)) == {"replaces": "unknown"}


def test_evidence_is_about_the_sessions_course(acme):
    elsewhere = make_enrollment()
    session = make_session(make_course())
    draft = drafted("Attendance", attended=True, minutes=999)
    record = {"session": session, "enrollment": elsewhere, "draft": draft}
    found = codes(lambda: do("record_attendance", **record))
    assert found == {"enrollment": "another_course", "minutes": "max_value"}
    early = signing(elsewhere, signed_at=MORNING - timedelta(days=1), evidence_sha256="x" * 64)
    assert codes(lambda: do("record_signature", session=session, draft=early)) == {
        "enrollment": "another_course",
        "signed_at": "too_early",
        "evidence_sha256": "invalid",
    }


def test_answers_fix_what_they_are_worth(acme):
    enrollment = make_enrollment()
    asked = make_questionnaire(kind="POST")
    answer = {"respondent_role": "LEARNER", "score": Decimal("20.5")}
    wrong = {"questionnaire": asked, "draft": drafted("Submission", **answer)}
    found = codes(lambda: do("record_submission", **wrong))
    assert found == {"score": "out_of_range", "enrollment": "required"}
    answer |= {"score": Decimal(12), "enrollment": enrollment.pk}
    do("record_submission", questionnaire=asked, draft=drafted("Submission", **answer))
    with pytest.raises(AnsweredError):
        do("change_questionnaire", questionnaire=asked, changes={"max_score": Decimal(40)})
    satisfied = make_questionnaire(kind="SATISFACTION")
    draft = drafted("Submission", respondent_role="FUNDER")
    assert do("record_submission", questionnaire=satisfied, draft=draft).enrollment_id is None


def test_a_certificate_crowns_what_is_completed_once(acme):
    row = make_enrollment()
    issue = {"draft": drafted("Certificate")}
    with pytest.raises(NotCompletedError):
        do("issue_certificate", enrollment=row, **issue)
    row = do("change_enrollment", enrollment=row, changes={"status": "COMPLETED"})
    certificate = do("issue_certificate", enrollment=row, **issue)
    assert certificate.number == f"{timezone.localdate().year}-0001"
    with pytest.raises(AlreadyCertifiedError) as refused:
        do("issue_certificate", enrollment=row, **issue)
    assert refused.value.facts == {"certificate_id": certificate.pk}


def test_a_certificates_own_number_is_the_next_one(acme):
    row = make_enrollment(status="COMPLETED")
    issue = {"enrollment": row, "draft": drafted("Certificate", issued_at=MORNING)}
    assert codes(lambda: do("issue_certificate", **issue)) == {"issued_at": "too_early"}
    after = MORNING + timedelta(days=3)
    issue["draft"] = drafted("Certificate", issued_at=after, rank=2)
    with pytest.raises(NumberTakenError) as refused:
        do("issue_certificate", **issue)
    assert refused.value.facts == {"next": "2026-0001"}
    issue["draft"] = drafted("Certificate", issued_at=after, rank=1)
    assert do("issue_certificate", **issue).number == "2026-0001"
