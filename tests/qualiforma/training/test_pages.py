"""Training records under `/admin/`: who opens which page, and what the back-office's forms do."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from qualiforma.training.models import (
    Attendance,
    Certificate,
    Company,
    Course,
    Enrollment,
    Questionnaire,
    Signature,
    Submission,
    TrainingSession,
)
from tests.admin_client import AdminClient, entered, text_of
from tests.cast import ALICE, AUDREY, BOB, CHARLIE, MONA, TOM
from tests.qualiforma.training.factories import (
    MORNING,
    make_attendance,
    make_company,
    make_course,
    make_enrollment,
    make_questionnaire,
    make_records,
    make_session,
    make_signature,
    make_submission,
)

TRAINING = "/admin/training/"
RECORDS = (
    *(Company, Course, Enrollment, TrainingSession, Attendance, Signature),
    *(Questionnaire, Submission, Certificate),
)
# Page, and what ADMIN and AUDITOR get; whoever else has no part in these pages at all.
PAGES = (
    ("company/", 200, 200),
    ("company/add/", 200, 403),
    ("company/cmp_routes/change/", 200, 200),
    ("company/?q=guéguen", 200, 200),
    ("course/", 200, 200),
    ("course/add/", 200, 403),
    ("course/crs_routes/change/", 200, 200),
    ("course/?active__exact=1&level__exact=BEGINNER", 200, 200),
    ("enrollment/", 200, 200),
    ("enrollment/add/", 200, 403),
    ("enrollment/enr_routes/change/", 200, 200),
    ("enrollment/enr_done/certificate/", 200, 403),
    ("enrollment/?course__id__exact=crs_routes&user__id__exact=usr_bob", 200, 200),
    ("enrollment/?q=excel", 200, 200),
    ("certificate/", 200, 200),
    ("certificate/add/", 403, 403),
    ("certificate/crt_routes/change/", 200, 200),
    ("trainingsession/", 200, 200),
    ("trainingsession/add/", 200, 403),
    ("trainingsession/ses_routes/change/", 200, 200),
    ("trainingsession/ses_routes/sheet/", 200, 200),
    ("trainingsession/?when=past&trainer__id__exact=usr_tom", 200, 200),
    ("attendance/", 200, 200),
    ("attendance/add/?session=ses_routes", 200, 403),
    ("attendance/atd_routes/change/", 200, 200),
    ("signature/", 200, 200),
    ("signature/add/?session=ses_routes&replaces=sig_routes", 200, 403),
    ("signature/sig_routes/change/", 200, 200),
    ("questionnaire/", 200, 200),
    ("questionnaire/add/", 200, 403),
    ("questionnaire/qst_routes/change/", 200, 200),
    ("submission/", 200, 200),
    ("submission/add/?questionnaire=qst_routes", 200, 403),
    ("submission/sub_routes/change/", 200, 200),
)


@pytest.fixture
def records(acme):
    make_records()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("person", "column"), [(ALICE, 1), (AUDREY, 2)], ids=["admin", "auditor"])
def test_each_page_for_those_who_enter(records, person, column, language):
    admin_client = entered(person, language=language)
    wrong = {}
    for row in PAGES:
        status = admin_client.get(TRAINING + row[0]).status_code
        if status != row[column]:
            wrong[row[0]] = status
    assert wrong == {}


@pytest.mark.parametrize("person", [MONA, TOM, BOB, CHARLIE], ids=lambda one: one.name)
def test_no_page_for_the_others(records, person):
    admin_client = AdminClient()
    admin_client.log_in(person)  # to the pages of one's own work, where one is of this organisation
    expected = 302 if person is CHARLIE else 403
    answers = {row[0]: admin_client.get(TRAINING + row[0]).status_code for row in PAGES}
    assert set(answers.values()) == {expected}, answers


def everything():
    return [list(model.objects.order_by("pk").values()) for model in RECORDS]


def test_an_auditor_writes_nothing(records):
    admin_client, before = entered(AUDREY), everything()
    for page, *_ in PAGES:
        if "/add/" in page or "/change/" in page or "/certificate/" in page:
            answer = admin_client.send(TRAINING + page, {"name": "Autre", "title": "Autre"})
            assert answer.status_code == 403, page
    assert everything() == before


def test_evidence_is_read_only(records, admin_client):
    before = everything()
    for page in ("signature/sig_routes", "submission/sub_routes", "certificate/crt_routes"):
        assert (
            admin_client.send(f"{TRAINING}{page}/change/", {"method": "PAPER"}).status_code == 403
        )
        assert admin_client.send(f"{TRAINING}{page}/delete/", {"post": "yes"}).status_code == 403
    assert everything() == before


def saved(answer):
    assert answer.status_code == 302, text_of(answer)


def test_a_company_and_a_course_are_entered_and_changed(admin_client):
    company = {"name": "Anjou Bois", "siret": "732 829 320 00074"[:14], "contact_email": ""}
    refused = admin_client.send(f"{TRAINING}company/add/", company)
    assert refused.status_code == 400
    assert "Un SIRET a 14 chiffres" in text_of(refused)
    saved(admin_client.send(f"{TRAINING}company/add/", company | {"siret": "73282932000074"}))
    course = {
        "title": "Excel",
        "summary": "",
        "objectives": "Trier\n\n Filtrer ",
        "skills": "Excel",
        "entry_level": "BEGINNER",
        "level": "ADVANCED",
        "duration_hours": "10.5",
        "active": "on",
    }
    saved(admin_client.send(f"{TRAINING}course/add/", course))
    row = Course.objects.get()
    assert (row.objectives, row.skills) == (["Trier", "Filtrer"], ["Excel"])
    page = f"{TRAINING}course/{row.pk}/change/"
    saved(admin_client.send(page, course | {"skills": "Excel\nTableur", "expected_version": "1"}))
    assert Course.objects.get().skills == ["Excel", "Tableur"]
    stale = admin_client.send(page, course | {"title": "Autre", "expected_version": "1"})
    assert (stale.status_code, Course.objects.get().title) == (412, "Excel")


def test_a_learner_is_enrolled_completed_and_certified(admin_client):
    course, company = make_course(), make_company()
    body = {
        "course": course.pk,
        "user": BOB.id,
        "company": company.pk,
        "payment_method": "FREE",
        "enrolled_at_0": "2026-04-01",
        "enrolled_at_1": "12:00:00",
    }
    saved(admin_client.send(f"{TRAINING}enrollment/add/", body))
    again = admin_client.send(f"{TRAINING}enrollment/add/", body)
    assert again.status_code == 409
    assert "Cette personne suit déjà cette formation" in text_of(again)
    row = Enrollment.objects.get()
    assert row.enrolled_at.isoformat() == "2026-04-01T10:00:00+00:00"
    page = f"{TRAINING}enrollment/{row.pk}"
    early = admin_client.send(f"{page}/certificate/")
    assert early.status_code == 409
    assert "Seule une inscription terminée" in text_of(early)
    done = {"company": company.pk, "payment_method": "FREE", "status": "COMPLETED"}
    saved(admin_client.send(f"{page}/change/", done | {"expected_version": "1"}))
    assert "Délivrer l’attestation" in text_of(admin_client.get(f"{page}/change/"))
    saved(admin_client.send(f"{page}/certificate/"))
    number = Certificate.objects.get().number
    text = text_of(admin_client.get(f"{page}/change/"))
    assert number in text
    assert "Délivrer l’attestation" not in text


def test_only_legal_statuses_are_offered(admin_client):
    row = make_enrollment(status="SUSPENDED")
    page = admin_client.get(f"{TRAINING}enrollment/{row.pk}/change/").content.decode()
    offered = [one for one in ("ACTIVE", "REVOKED", "COMPLETED") if f'value="{one}"' in page]
    assert offered == ["ACTIVE", "REVOKED"]


DAY_ONE = {
    "title": "Jour 1",
    "starts_at_0": "2026-03-02",
    "starts_at_1": "09:00:00",
    "ends_at_0": "2026-03-02",
    "ends_at_1": "17:00:00",
    "mode": "ONSITE",
}


def test_a_session_is_planned_attended_and_signed_for(admin_client):
    row = make_enrollment()
    session = DAY_ONE | {"course": row.course_id, "trainer": BOB.id}
    refused = admin_client.send(f"{TRAINING}trainingsession/add/", session)
    assert refused.status_code == 400
    assert "Cette personne n’anime pas de session" in text_of(refused)
    saved(admin_client.send(f"{TRAINING}trainingsession/add/", session | {"trainer": TOM.id}))
    key = TrainingSession.objects.get().pk
    there = {"session": key, "enrollment": row.pk, "attended": "on", "minutes": "420"}
    saved(admin_client.send(f"{TRAINING}attendance/add/", there))
    assert Attendance.objects.get().minutes == 420
    signed = {
        "session": key,
        "enrollment": row.pk,
        "half_day": "AM",
        "method": "PAPER",
        "signed_at_0": "2026-03-02",
        "signed_at_1": "09:05:00",
    }
    saved(admin_client.send(f"{TRAINING}signature/add/", signed))
    again = admin_client.send(f"{TRAINING}signature/add/", signed)
    assert again.status_code == 409
    first = Signature.objects.get()
    correction = signed | {"replaces": first.pk, "method": "QR_CODE"}
    saved(admin_client.send(f"{TRAINING}signature/add/", correction))
    text = text_of(admin_client.get(f"{TRAINING}trainingsession/{key}/change/"))
    assert "420 min" in text
    assert text.count("QR code") == 1
    assert "Feuille papier" not in text


def test_attendances_stand_by_the_day_of_their_session(admin_client):
    row = make_enrollment()
    for title, days in (("Second", 7), ("Troisième", 14), ("Premier", 0)):
        day = MORNING + timedelta(days=days)
        session = make_session(
            row.course, title=title, starts_at=day, ends_at=day + timedelta(hours=7)
        )
        make_attendance(session, row, attended_at=day)
    page = text_of(admin_client.get(f"{TRAINING}attendance/"))
    assert re.findall("Premier|Second|Troisième", page) == ["Troisième", "Second", "Premier"]


def test_an_attendance_is_said_again(admin_client):
    row = make_enrollment()
    session = make_session(row.course)
    body = {"session": session.pk, "enrollment": row.pk, "attended": "on"}
    saved(admin_client.send(f"{TRAINING}attendance/add/", body))
    page = f"{TRAINING}attendance/{Attendance.objects.get().pk}/change/"
    saved(admin_client.send(page, {"attended": ""}))
    assert Attendance.objects.get().attended is False


def test_a_questionnaire_and_an_answer(admin_client):
    row = make_enrollment()
    body = {"title": "À chaud", "kind": "SATISFACTION", "max_score": "10", "course": ""}
    saved(admin_client.send(f"{TRAINING}questionnaire/add/", body))
    asked = Questionnaire.objects.get()
    answer = {
        "questionnaire": asked.pk,
        "enrollment": row.pk,
        "respondent_role": "LEARNER",
        "score": "11",
        "submitted_at_0": "2026-05-01",
        "submitted_at_1": "10:00:00",
        "comment": "Très bien",
    }
    refused = admin_client.send(f"{TRAINING}submission/add/", answer)
    assert "Le score va de 0 à 10" in text_of(refused)
    saved(admin_client.send(f"{TRAINING}submission/add/", answer | {"score": "9"}))
    given = Submission.objects.get()
    assert given.answers == {"commentaire": "Très bien"}
    text = text_of(admin_client.get(f"{TRAINING}submission/{given.pk}/change/"))
    assert "9 / 10" in text
    assert "commentaire : Très bien" in text
    fixed = admin_client.send(
        f"{TRAINING}questionnaire/{asked.pk}/change/",
        body | {"max_score": "20", "expected_version": "2"},
    )
    assert fixed.status_code == 409
    assert Questionnaire.objects.get().max_score == 10


@pytest.mark.parametrize(("language", "told"), [("fr", "14,25 / 17,5"), ("en", "14.25 / 17.5")])
def test_a_score_is_written_as_the_language_writes_numbers(acme, language, told):
    row = make_enrollment()
    asked = make_questionnaire(kind="POST", max_score=Decimal("17.5"))
    given = make_submission(asked, enrollment=row, score=Decimal("14.25"))
    admin_client = entered(ALICE, language=language)
    for page in ("submission/", f"submission/{given.pk}/change/"):
        assert told in text_of(admin_client.get(f"{TRAINING}{page}"))
    assert f"{told}0" in text_of(admin_client.get(f"{TRAINING}enrollment/{row.pk}/change/"))
    assert told.partition(" / ")[2] in text_of(admin_client.get(f"{TRAINING}questionnaire/"))


@pytest.mark.parametrize(
    ("model", "field", "term", "found"),
    [
        ("enrollment", "course", "debuter", "Excel pour débuter"),
        ("enrollment", "user", "bob", "Bob Roux"),
        ("enrollment", "company", "guegen", None),
        ("signature", "enrollment", "roux", "Bob Roux – Excel pour débuter"),
    ],
)
def test_records_are_picked_by_searching(admin_client, model, field, term, found):
    make_enrollment(company=make_company())
    query = {"app_label": "training", "model_name": model, "field_name": field, "term": term}
    answer = admin_client.get("/admin/autocomplete/", query)
    assert [one["text"] for one in answer.json()["results"]] == ([found] if found else [])


LISTS = tuple(model._meta.model_name for model in RECORDS)


@pytest.mark.parametrize("name", LISTS)
def test_the_list_costs_the_same_for_few_and_many(admin_client, count_queries, name):
    make_records()
    page = f"{TRAINING}{name}/"
    admin_client.get(page)
    few = count_queries(lambda: admin_client.get(page))
    asked = make_questionnaire(kind="SATISFACTION")
    for person in (ALICE, MONA, TOM, AUDREY, BOB):
        row = make_enrollment(user_id=person.id, company=make_company())
        session = make_session(row.course)
        Attendance.objects.create(session=session, enrollment=row, attended=False)
        first = make_signature(session, row)
        make_signature(session, row, replaces=first)
        make_submission(asked, enrollment=row)
        done = make_enrollment(course=row.course, user_id=person.id, status="COMPLETED")
        Certificate.objects.create(enrollment=done)
    assert count_queries(lambda: admin_client.get(page)) == few


def test_complaint_names_the_enrollment_in_the_admin(admin_client):
    from improvements.models import Complaint

    row = make_enrollment()
    body = {
        "subject": "Froid",
        "kind": "COMPLAINT",
        "channel": "ORAL",
        "complainant_role": "LEARNER",
        "enrollment": row.pk,
    }
    saved(admin_client.send("/admin/improvements/complaint/add/", body))
    assert Complaint.objects.get().enrollment_id == row.pk
    listed = "/admin/improvements/complaint/?enrollment__id__exact="
    assert "Froid" in text_of(admin_client.get(listed + row.pk))
    assert "Froid" not in text_of(admin_client.get(f"{listed}enr_none"))
