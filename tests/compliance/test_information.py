"""What was sent to a learner: by the API and from the enrollment's page, in the timeline and the readiness."""

from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from compliance.models import Evidence
from tests.admin_client import entered, text_of
from tests.cast import ALICE, AUDREY, MONA, TOM
from tests.compliance.evidence_factories import SECRET, make_evidence
from tests.compliance.readiness_factories import at, make_learner
from tests.files import PAGE, PDF
from tests.qualiforma.training.factories import make_enrollment

URL = "/api/v1/enrollments/{}/information"
TIMELINE = "/api/v1/paf/enrollments/{}/timeline"
READINESS = "/api/v1/qualiopi/readiness"


def body(**overrides):
    return {
        "title": "Convocation et livret d’accueil",
        "sentOn": str(at(-30).date()),
        "how": "Par courriel, avec le plan d’accès.",
    } | overrides


def about(enrollment, **overrides):
    values = {"kind": "RECORD", "indicators": [9], "document_date": at(-30).date()}
    return values | {"record_type": "ENROLLMENT", "record_id": enrollment.pk} | overrides


def page_of(enrollment, name="information"):
    return f"/admin/training/enrollment/{quote(enrollment.pk)}/{name}/"


def gaps(client, enrollment):
    found = client.get(TIMELINE.format(enrollment.pk)).json()["data"]["gaps"]
    return [one for one in found if one["type"] == "INFORMATION_SENT"]


def at_fault(client):
    rows = client.get(READINESS).json()["data"]["indicators"]
    (row,) = [one for one in rows if one["number"] == 9]
    return {one["code"]: one["objectIds"] for one in row["gaps"]}


def test_what_was_sent_is_a_record_evidence_of_the_enrollment(as_alice, acme):
    enrollment = make_enrollment()
    answer = as_alice.post(URL.format(enrollment.pk), body())
    assert answer.status_code == 201, answer.content
    sent = answer.json()["data"]
    evidence = Evidence.objects.get()
    assert sent["id"] == evidence.pk
    assert (sent["title"], sent["how"], sent["author"]) == (
        *("Convocation et livret d’accueil", "Par courriel, avec le plan d’accès."),
        ALICE.name,
    )
    assert (evidence.kind, evidence.indicators) == ("RECORD", [9])
    assert (evidence.record_type, evidence.record_id) == ("ENROLLMENT", enrollment.pk)
    make_evidence(**about(enrollment, indicators=[8]))
    make_evidence(**about(make_enrollment(user_id=MONA.id)))
    make_evidence(**about(enrollment, status="WITHDRAWN", withdrawn_at=at(-1)))
    assert as_alice.get(URL.format(enrollment.pk)).json()["data"] == [sent]


def test_it_stands_in_the_timeline_and_mends_the_gap_there_and_in_the_readiness(as_alice, acme):
    enrollment = make_learner("untold", informed=False)
    (gap,) = gaps(as_alice, enrollment)
    assert (gap["reason"], gap["indicator"]) == ("MISSING", 9)
    assert at_fault(as_alice)["LEARNER_NOT_INFORMED"] == ["enr_untold"]
    sent = as_alice.post(URL.format(enrollment.pk), body()).json()["data"]
    assert gaps(as_alice, enrollment) == []
    assert "LEARNER_NOT_INFORMED" not in at_fault(as_alice)
    events = as_alice.get(TIMELINE.format(enrollment.pk)).json()["data"]["events"]
    (event,) = [one for one in events if one["type"] == "INFORMATION_SENT"]
    assert event["description"] == "Information envoyée : Convocation et livret d’accueil"
    assert event["metadata"] == {
        "evidenceId": sent["id"],
        "documentDate": sent["sentOn"],
        "author": ALICE.name,
    }


def test_what_was_sent_too_late_mends_nothing(as_alice, acme):
    enrollment = make_learner("untold", informed=False)
    as_alice.post(URL.format(enrollment.pk), body(sentOn=str(at(-20).date())))
    assert [one["reason"] for one in gaps(as_alice, enrollment)] == ["OUT_OF_ORDER"]
    assert at_fault(as_alice)["LEARNER_NOT_INFORMED"] == ["enr_untold"]


def test_what_was_sent_on_the_day_of_the_first_session_is_in_time(as_alice, acme):
    enrollment = make_learner("untold", informed=False)
    as_alice.post(URL.format(enrollment.pk), body(sentOn=str(at(-21).date())))
    assert gaps(as_alice, enrollment) == []
    assert "LEARNER_NOT_INFORMED" not in at_fault(as_alice)


def test_confidential_evidence_settles_the_gap_and_is_no_event(as_alice, client_of, acme):
    enrollment = make_learner("untold", informed=False)
    evidence = make_evidence(**about(enrollment, confidential=True, title=SECRET))
    assert gaps(as_alice, enrollment) == []
    assert SECRET not in as_alice.get(TIMELINE.format(enrollment.pk)).content.decode()
    page = URL.format(enrollment.pk)
    assert [one["id"] for one in as_alice.get(page).json()["data"]] == [evidence.pk]
    assert client_of(AUDREY).get(page).json()["data"] == []
    assert SECRET not in text_of(entered(AUDREY).get(page_of(enrollment, "change")))


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (body(title=""), "title"),
        (body(title=None), "title"),
        (body(how=""), "how"),
        (body(sentOn="2026-02-30"), "sentOn"),
        (body(sentOn=str(timezone.localdate() + timedelta(days=1))), "sentOn"),
        (body(author="x" * 201), "author"),
        (body(indicators=[9]), "indicators"),
        ({"title": "Convocation", "how": "Par courriel"}, "sentOn"),
    ],
)
def test_what_is_refused_names_the_field_and_stores_nothing(as_alice, acme, sent, field):
    answer = as_alice.post(URL.format(make_enrollment().pk), sent)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert not Evidence.objects.exists()


def test_a_trainer_records_and_sees_their_own(client_of, acme):
    enrollment = make_enrollment()
    make_evidence(**about(enrollment))
    tom = client_of(TOM)
    sent = tom.post(URL.format(enrollment.pk), body()).json()["data"]
    assert [one["id"] for one in tom.get(URL.format(enrollment.pk)).json()["data"]] == [sent["id"]]


def test_queries_do_not_grow_with_rows(as_alice, acme, count_queries):
    enrollment = make_enrollment()
    make_evidence(**about(enrollment))
    few = count_queries(lambda: as_alice.get(URL.format(enrollment.pk)))
    for _ in range(8):
        make_evidence(**about(enrollment))
    assert count_queries(lambda: as_alice.get(URL.format(enrollment.pk))) == few


@pytest.mark.usefixtures("each_storage")
def test_it_is_noted_from_the_enrollments_page_with_the_message(admin_client, acme):
    enrollment = make_enrollment()
    change = page_of(enrollment, "change")
    page = page_of(enrollment)
    shown = admin_client.get(change)
    assert f'href="{page}"' in shown.content.decode()
    assert "Aucun envoi noté." in text_of(shown)
    assert "Ce qui a été envoyé" in text_of(admin_client.get(page))
    values = {"title": "Convocation", "sent_on": "2026-03-02", "how": "En main propre"}
    refused = admin_client.send(page, values | {"file": SimpleUploadedFile("a.pdf", PAGE)})
    assert refused.status_code == 400
    assert not Evidence.objects.exists()
    answer = admin_client.send(page, values | {"file": SimpleUploadedFile("a.pdf", PDF)})
    assert (answer.status_code, answer["Location"]) == (302, change)
    assert Evidence.objects.get().file_count == 1
    assert "Convocation 02/03/2026 – En main propre" in text_of(admin_client.get(change))
    drawn = text_of(admin_client.get(page_of(enrollment, "timeline")))
    assert "2 mars 2026 Information de l’apprenant" in drawn


def test_pages_refuse_what_the_service_refuses_and_whom_the_policy_refuses(admin_client, acme):
    enrollment = make_enrollment()
    tomorrow = timezone.localdate() + timedelta(days=1)
    values = {"title": "Convocation", "sent_on": str(tomorrow), "how": "Par courriel"}
    answer = admin_client.send(page_of(enrollment), values)
    assert answer.status_code == 400
    assert "Cette date est dans le futur" in text_of(answer)
    audrey = entered(AUDREY)
    assert audrey.get(page_of(enrollment)).status_code == 403
    assert audrey.send(page_of(enrollment), values).status_code == 403
    assert admin_client.get("/admin/training/enrollment/none/information/").status_code == 404
