"""GET /paf/enrollments/:id/timeline."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.admin.utils import quote
from django.utils import translation

from compliance.models import NeedsAnalysis
from improvements.states import PlanStatus
from qualiforma.qualiopi.grids import label
from qualiforma.tenants.context import tenant_context
from qualiforma.timeline import EventType, sources
from qualiforma.training.models import Certificate
from tests.admin_client import text_of
from tests.cast import ALICE, BOB, CHARLIE, MONA, Client
from tests.compliance.evidence_factories import make_evidence
from tests.improvements.factories import link, make_complaint, make_plan
from tests.qualiforma.training.factories import (
    MORNING,
    make_attendance,
    make_company,
    make_enrollment,
    make_questionnaire,
    make_session,
    make_signature,
    make_submission,
)

URL = "/api/v1/paf/enrollments/{}/timeline"
AT = datetime(2026, 4, 1, 10, tzinfo=UTC)


@pytest.fixture
def enrollment(acme):
    return make_enrollment(id="enr_abc123", enrolled_at=AT, created_by_id=ALICE.id)


def make_analysis(enrollment, **overrides):
    values = {
        "company": enrollment.company or make_company(),
        "objectives": ["Maîtriser Excel"],
        "current_level": "BEGINNER",
        "target_level": "ADVANCED",
        "context": "Mise à jour annuelle",
        "status": "COMPLETED",
        "completed_at": AT + timedelta(days=1),
    }
    return NeedsAnalysis.objects.create(enrollment=enrollment, **values | overrides)


def answer(enrollment, kind, at, **overrides):
    questionnaire = make_questionnaire(kind=kind, max_score=overrides.pop("most", 20))
    return make_submission(questionnaire, enrollment=enrollment, submitted_at=at, **overrides)


def timeline(client, enrollment):
    found = client.get(URL.format(enrollment.pk))
    assert found.status_code == 200, found.content
    return found.json()["data"]


def told(client, enrollment):
    return [(one["type"], one["description"]) for one in timeline(client, enrollment)["events"]]


def test_the_three_events_of_the_source(as_alice, enrollment):
    make_analysis(enrollment, completed_at=datetime(2026, 4, 2, 9, 30, tzinfo=UTC))
    answer(enrollment, "PRE", datetime(2026, 4, 15, 14, tzinfo=UTC), score=12)
    found = timeline(as_alice, enrollment)
    assert list(found) == ["enrollmentId", "events", "gaps"]
    assert found["enrollmentId"] == "enr_abc123"
    shown = ("date", "type", "description")
    assert [{name: one[name] for name in shown} for one in found["events"]] == [
        {
            "date": "2026-04-01T10:00:00Z",
            "type": "ENROLLMENT_CREATED",
            "description": "Inscription créée par alice@acme.fr",
        },
        {
            "date": "2026-04-02T09:30:00Z",
            "type": "NEEDS_ANALYSIS_COMPLETED",
            "description": "Analyse des besoins validée — niveau cible : ADVANCED",
        },
        {
            "date": "2026-04-15T14:00:00Z",
            "type": "PRE_QUESTIONNAIRE_COMPLETED",
            "description": "Questionnaire pré-formation rempli (score 12/20)",
        },
    ]


@pytest.fixture
def whole(enrollment):
    """One event of each type but the plan, whose source is another app's."""
    make_analysis(enrollment, created_by_id=MONA.id)
    answer(enrollment, "PRE", AT + timedelta(days=2), score=12.5, most=12.5)
    about = {"record_type": "ENROLLMENT", "record_id": enrollment.pk}
    sent = date(2026, 4, 4)
    make_evidence(kind="RECORD", title="Convocation", indicators=[9], document_date=sent, **about)
    starts_at = AT + timedelta(days=3)
    session = make_session(
        enrollment.course, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3)
    )
    make_attendance(session, enrollment)
    make_signature(session, enrollment, half_day="PM")
    answer(enrollment, "POST", AT + timedelta(days=4))
    Certificate.objects.create(enrollment=enrollment, issued_at=AT + timedelta(days=5))
    return enrollment


FRENCH = [
    ("ENROLLMENT_CREATED", "Inscription créée par alice@acme.fr"),
    ("NEEDS_ANALYSIS_COMPLETED", "Analyse des besoins validée — niveau cible : ADVANCED"),
    ("PRE_QUESTIONNAIRE_COMPLETED", "Questionnaire pré-formation rempli (score 12,5/12,5)"),
    ("INFORMATION_SENT", "Information envoyée : Convocation"),
    ("SESSION_ATTENDED", "Session suivie : Jour 1"),
    ("EMARGEMENT_SIGNED", "Émargement de l’après-midi signé : Jour 1"),
    ("POST_QUESTIONNAIRE_COMPLETED", "Questionnaire post-formation rempli"),
    ("CERTIFICATE_ISSUED", "Attestation 2026-0001 délivrée"),
]


def test_every_type_in_french(as_alice, whole):
    assert told(as_alice, whole) == FRENCH


def test_the_record_behind_each_event(as_alice, whole):
    events = timeline(as_alice, whole)["events"]
    ids = [next(iter(one["metadata"].values())) for one in events]
    assert [one.partition("_")[0] for one in ids] == [
        "enr",
        "nda",
        "sub",
        "evd",
        "atd",
        "sig",
        "sub",
        "crt",
    ]
    assert [one["metadata"].get("author") for one in events[:2]] == [
        "alice@acme.fr",
        "mona@acme.fr",
    ]
    pre = events[2]["metadata"]
    assert (pre["score"], pre["maxScore"]) == (12.5, 12.5)
    assert None not in [value for one in events for value in one["metadata"].values()]


SCORES = {"12.00": "12/20", "12.50": "12,5/20", "0": "0/20", "7.25": "7,25/20", "20": "20/20"}


@pytest.mark.parametrize(("score", "shown"), SCORES.items())
def test_scores_stand_as_people_write_them(as_alice, enrollment, score, shown):
    answer(enrollment, "POST", AT, score=score)
    said = f"Questionnaire post-formation rempli (score {shown})"
    assert told(as_alice, enrollment)[-1][1] == said


def test_events_of_one_second_stand_in_the_order_of_their_types(as_alice, enrollment):
    """Whatever their microseconds: what is not shown must not order what is."""
    Certificate.objects.create(enrollment=enrollment, issued_at=AT)
    answer(enrollment, "POST", AT + timedelta(microseconds=1))
    answer(enrollment, "PRE", AT + timedelta(microseconds=999_999))
    make_analysis(enrollment, completed_at=AT + timedelta(microseconds=5))
    types = [one for one, _ in told(as_alice, enrollment)]
    assert types == [
        *("ENROLLMENT_CREATED", "NEEDS_ANALYSIS_COMPLETED", "PRE_QUESTIONNAIRE_COMPLETED"),
        *("POST_QUESTIONNAIRE_COMPLETED", "CERTIFICATE_ISSUED"),
    ]


def test_what_is_no_event(as_alice, enrollment):
    """Drafts, other kinds of questionnaires, absences, and what was corrected."""
    make_analysis(enrollment, status="DRAFT", completed_at=None)
    make_analysis(make_enrollment(user_id=MONA.id))
    answer(enrollment, "SATISFACTION", AT)
    answer(enrollment, "PREREQUISITE", AT)
    session = make_session(enrollment.course)
    make_attendance(session, enrollment, attended=False, attended_at=None)
    assert [one for one, _ in told(as_alice, enrollment)] == ["ENROLLMENT_CREATED"]


def test_a_corrected_signature_counts_once(as_alice, enrollment):
    session = make_session(enrollment.course)
    wrong = make_signature(session, enrollment)
    again = make_signature(session, enrollment, replaces=wrong)
    last = make_signature(session, enrollment, replaces=again, method="PAPER")
    events = timeline(as_alice, enrollment)["events"]
    signed = [one["metadata"] for one in events if one["type"] == "EMARGEMENT_SIGNED"]
    assert [(one["signatureId"], one["replaces"]) for one in signed] == [(last.pk, again.pk)]


def test_nobody_is_named_where_nobody_is_known(as_alice, acme):
    imported = make_enrollment(enrolled_at=AT)
    assert told(as_alice, imported) == [("ENROLLMENT_CREATED", "Inscription créée")]


def test_a_per_cent_sign_in_a_title_is_only_that(as_alice, enrollment):
    session = make_session(enrollment.course, title="100 % Excel, %s et %1$s")
    make_attendance(session, enrollment)
    assert ("SESSION_ATTENDED", "Session suivie : 100 % Excel, %s et %1$s") in told(
        as_alice, enrollment
    )


def test_gaps_stand_beside_the_events(as_alice, enrollment):
    session = make_session(enrollment.course, starts_at=AT, ends_at=AT + timedelta(hours=2))
    make_attendance(session, enrollment)
    found = timeline(as_alice, enrollment)["gaps"]
    assert [(one["type"], one["reason"], one["indicator"]) for one in found] == [
        ("NEEDS_ANALYSIS_COMPLETED", "MISSING", 4),
        ("PRE_QUESTIONNAIRE_COMPLETED", "MISSING", 8),
        ("INFORMATION_SENT", "MISSING", 9),
        ("EMARGEMENT_SIGNED", "MISSING", 12),
    ]
    assert found[3]["sessionId"] == session.pk
    assert "sessionId" not in found[0]
    answer(enrollment, "PREREQUISITE", AT - timedelta(days=1))
    left = timeline(as_alice, enrollment)["gaps"]
    assert [one["indicator"] for one in left] == [4, 9, 12]
    assert [one["indicatorLabel"] for one in left] == [label(4), label(9), label(12)]


def test_an_absence_is_a_gap_once_the_session_is_over(as_alice, enrollment, admin_client):
    absent = {"attended": False, "attended_at": None, "minutes": None}
    missed = make_session(enrollment.course, id="ses_missed", title="Jour manqué")
    make_attendance(missed, enrollment, **absent)
    soon = datetime.now(UTC) + timedelta(days=2)
    later = make_session(
        enrollment.course, title="Jour à venir", starts_at=soon, ends_at=soon + timedelta(hours=1)
    )
    make_attendance(later, enrollment, **absent)
    gaps = as_alice.get(URL.format(enrollment.pk)).json()["data"]["gaps"]
    [gap] = [one for one in gaps if one["sessionId"] == "ses_missed"]
    assert gap["description"] == "Absence à la session « Jour manqué » du 02/03/2026."
    assert (gap["type"], gap["reason"]) == ("SESSION_ATTENDED", "MISSING")
    text = text_of(admin_client.get(f"/admin/training/enrollment/{quote(enrollment.pk)}/timeline/"))
    assert text.count("Absence à la session") == 2
    assert "Jour à venir" not in text


def test_a_late_enrollment_serves_no_indicator(as_alice, enrollment, admin_client):
    early = AT - timedelta(days=2)
    session = make_session(enrollment.course, starts_at=early, ends_at=early + timedelta(hours=2))
    make_attendance(session, enrollment)
    late = timeline(as_alice, enrollment)["gaps"][0]
    assert (late["type"], late["reason"]) == ("ENROLLMENT_CREATED", "OUT_OF_ORDER")
    assert not {"indicator", "indicatorLabel"} & set(late)
    page = admin_client.get(f"/admin/training/enrollment/{quote(enrollment.pk)}/timeline/")
    assert f"Indicateur 12 – {label(12)}" in text_of(page)
    assert b"indicateur None" not in page.content


def test_a_learner_sees_their_own_and_no_other(client_of, enrollment):
    theirs = make_enrollment(user_id=MONA.id)
    bob = client_of(BOB)
    assert bob.get(URL.format(enrollment.pk)).status_code == 200
    hidden, nothing = bob.get(URL.format(theirs.pk)), bob.get(URL.format("enr_none"))
    assert (hidden.status_code, nothing.status_code) == (404, 404)
    assert hidden.json()["detail"] == nothing.json()["detail"]


def test_another_tenants_enrollment_is_not_found(client_of, enrollment, globex):
    with tenant_context(globex):
        make_enrollment(id="enr_globex", user_id=CHARLIE.id)
    assert client_of(ALICE).get(URL.format("enr_globex")).status_code == 404
    assert client_of(CHARLIE).get(URL.format(enrollment.pk)).status_code == 404


def fill(enrollment, number):
    """`number` events beside the enrollment's own, of three types."""
    for rank in range(number // 4):
        session = make_session(enrollment.course, starts_at=MORNING + timedelta(days=rank),
                               ends_at=MORNING + timedelta(days=rank, hours=8))  # fmt: skip
        make_attendance(session, enrollment)
        make_signature(session, enrollment)
        make_signature(session, enrollment, half_day="PM")
        answer(enrollment, "PRE", MORNING, score=12)


def test_five_hundred_events_cost_as_many_queries_as_five(as_alice, enrollment, count_queries):
    fill(enrollment, 4)
    few = count_queries(lambda: as_alice.get(URL.format(enrollment.pk)))
    fill(other := make_enrollment(user_id=MONA.id), 500)
    many = count_queries(lambda: as_alice.get(URL.format(other.pk)))
    assert len(timeline(as_alice, other)["events"]) == 501
    assert many == few


def test_every_type_has_its_source(db):
    assert set(sources) == set(EventType)


def test_a_plan_that_answers_complaints_of_this_enrollment_stands_once(as_alice, enrollment):
    mine = [make_complaint(enrollment=enrollment) for _ in range(2)]
    others = make_complaint(enrollment=make_enrollment(user_id=MONA.id))
    plan = make_plan(title="Salles à chauffer", created_at=AT + timedelta(days=9))
    for complaint in [*mine, others]:
        link(plan, complaint)
    link(make_plan(), others)
    link(make_plan(deleted_at=AT, deleted_by_id=ALICE.id), mine[0])
    _, event = timeline(as_alice, enrollment)["events"]
    assert (event["type"], event["description"]) == (
        "IMPROVEMENT_PLAN_CREATED",
        f"Plan d’amélioration {plan.reference} créé : Salles à chauffer",
    )
    assert event["metadata"]["improvementPlanId"] == plan.pk
    assert set(event["metadata"]["complaintIds"]) == {one.pk for one in mine}


def test_checks_of_such_a_plan_stand_there_with_their_verdict(as_alice, enrollment, tokens):
    plan = make_plan(created_at=AT + timedelta(days=9))
    for rank in range(2):
        link(plan, make_complaint(enrollment=enrollment), rank)
    plan.closed_at, plan.closed_by_id, plan.status = AT, ALICE.id, PlanStatus.COMPLETED
    plan.save()
    others = make_plan(status=PlanStatus.COMPLETED)
    for one in (plan, others):
        one.effectiveness_checks.create(
            number=1,
            verdict="NOT_EFFECTIVE",
            method="Relevé",
            reason="Suite donnée ailleurs",
            verified_on=date(2026, 6, 2),
            verified_by_id=ALICE.id,
            created_at=AT + timedelta(days=99),
        )
    event = timeline(as_alice, enrollment)["events"][-1]
    assert (event["type"], event["description"]) == (
        "EFFECTIVENESS_CHECKED",
        f"Efficacité du plan {plan.reference} vérifiée : Inefficace",
    )
    known = event["metadata"]
    assert (known["improvementPlanId"], known["verdict"]) == (plan.pk, "NOT_EFFECTIVE")
    assert known["verifiedOn"] == "2026-06-02"
    assert len(timeline(as_alice, enrollment)["events"]) == 3
    english = Client("acme", tokens[ALICE.id, "acme"], language="en")
    with translation.override("fr"):
        told_last = timeline(english, enrollment)["events"][-1]["description"]
    assert told_last == f"Effectiveness of plan {plan.reference} checked: Not effective"


ENGLISH = [
    ("ENROLLMENT_CREATED", "Enrollment created by alice@acme.fr"),
    ("NEEDS_ANALYSIS_COMPLETED", "Needs analysis completed — target level: ADVANCED"),
    ("PRE_QUESTIONNAIRE_COMPLETED", "Pre-training questionnaire completed (score 12.5/12.5)"),
    ("INFORMATION_SENT", "Information sent: Convocation"),
    ("SESSION_ATTENDED", "Session attended: Jour 1"),
    ("EMARGEMENT_SIGNED", "Afternoon attendance signed: Jour 1"),
    ("POST_QUESTIONNAIRE_COMPLETED", "Post-training questionnaire completed"),
    ("CERTIFICATE_ISSUED", "Certificate 2026-0001 issued"),
]


def test_every_type_in_english(whole, tokens):
    english = Client("acme", tokens[ALICE.id, "acme"], language="en")
    with translation.override("fr"):  # what the call activates must not outlive it
        assert told(english, whole) == ENGLISH
