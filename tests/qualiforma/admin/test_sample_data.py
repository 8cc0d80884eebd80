"""Sample records of a new organisation: loaded on demand, removed again, and nothing else with them."""

import pytest

from improvements.models import Complaint, CorrectiveAction, ImprovementPlan, PlanComplaint
from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from qualiforma.sample_data import sample_keys
from qualiforma.tenants.context import tenant_context
from qualiforma.training.models import Company, Course, Enrollment, Signature, TrainingSession
from tests.admin_client import text_of
from tests.cast import ALICE, BOB
from tests.compliance.evidence_factories import make_evidence
from tests.improvements.factories import make_action, make_complaint, make_plan
from tests.qualiforma.training.factories import make_enrollment

pytestmark = pytest.mark.django_db
PAGE = "/admin/samples/"
MODELS = (Company, Course, TrainingSession, Enrollment, Complaint, ImprovementPlan)


@pytest.fixture
def samples(acme, admin_client):
    assert admin_client.send(PAGE).status_code == 302
    return sample_keys()


def counts():
    return {model: model.objects.count() for model in (*MODELS, CorrectiveAction, User)}


def remove(admin_client):
    return admin_client.send(PAGE, {"remove": "1"})


def test_samples_are_loaded_and_removed_from_the_first_steps(acme, admin_client):
    before = counts()
    assert "Charger des exemples" in text_of(admin_client.get("/admin/"))
    admin_client.send(PAGE)
    text = text_of(admin_client.get("/admin/"))
    assert "Des exemples sont chargés" in text
    assert "Vérifier le matériel la veille" in text  # late, for who loaded them
    assert all(model.objects.exists() for model in MODELS)
    assert "Retirer les exemples" in text_of(admin_client.get(PAGE))
    assert remove(admin_client).status_code == 302
    assert counts() == before
    assert "Des exemples sont chargés" not in text_of(admin_client.get("/admin/"))


def test_samples_are_no_steps_done(samples, admin_client):
    text = text_of(admin_client.get("/admin/"))
    assert "encore 5 étapes" in text
    assert "Ajouter les formations – fait" not in text


def test_what_was_added_to_a_sample_goes_with_it(samples, admin_client):
    plan = ImprovementPlan.objects.get()
    make_action(plan, owner_id=ALICE.id)
    own = make_complaint()
    PlanComplaint.objects.create(plan=plan, complaint=own, position=1)
    assert remove(admin_client).status_code == 302
    assert [*Complaint.objects.all()] == [own]


def test_samples_that_own_records_depend_on_stay(samples, admin_client):
    make_enrollment(course=Course.objects.first(), user_id=BOB.id)
    own_plan = make_plan()
    complaint = Complaint.objects.all()[0]
    PlanComplaint.objects.create(plan=own_plan, complaint=complaint)
    before = counts()
    answer = remove(admin_client)
    assert answer.status_code == 409
    text = text_of(answer)
    assert "vos propres fiches s’y rattachent" in text
    assert "inscription « " in text
    assert counts() == before


def test_a_sample_that_evidence_is_linked_to_stays(samples, admin_client):
    complaint = Complaint.objects.all()[0]
    make_evidence(record_type="COMPLAINT", record_id=complaint.pk)
    assert remove(admin_client).status_code == 409


def test_a_sample_that_was_signed_for_stays(samples, admin_client):
    enrollment = Enrollment.objects.all()[0]
    session = TrainingSession.objects.get(course=enrollment.course)
    Signature.objects.create(
        session=session,
        enrollment=enrollment,
        half_day="AM",
        signed_at=session.starts_at,
        method="PAPER",
        evidence_sha256="0" * 64,
    )
    answer = remove(admin_client)
    assert answer.status_code == 409
    assert "une preuve qui ne s’efface pas" in text_of(answer)
    assert Enrollment.objects.count() == len(samples[Enrollment])


def test_a_plans_number_is_given_again(samples, admin_client):
    sample = ImprovementPlan.objects.get().reference
    remove(admin_client)
    plan = make_plan()
    plan.refresh_from_db()
    assert plan.reference == sample


def test_an_organisation_that_has_begun_loads_none(acme, admin_client):
    make_complaint()
    answer = admin_client.send(PAGE)
    assert answer.status_code == 409
    assert "fausseraient vos chiffres" in text_of(answer)
    assert not Course.objects.exists()


def test_samples_are_loaded_once_and_removed_once(samples, admin_client):
    assert admin_client.send(PAGE).status_code == 409
    remove(admin_client)
    assert remove(admin_client).status_code == 409
    assert admin_client.send(PAGE).status_code == 302  # and again from the start


def test_only_an_administrator_loads_samples(acme, auditor_client):
    assert auditor_client.get(PAGE).status_code == 403
    assert auditor_client.send(PAGE).status_code == 403
    assert "Charger des exemples" not in text_of(auditor_client.get("/admin/"))
    assert not Course.objects.exists()


def test_the_trail_knows_who_loaded_and_removed(samples, admin_client):
    loaded = AuditEvent.objects.filter(action="onboarding.samples.loaded")
    assert {one.actor for one in loaded} == {ALICE.id}
    assert loaded.count() == sum(map(len, samples.values()))
    remove(admin_client)
    removed = AuditEvent.objects.filter(action="onboarding.samples.removed", operation="DELETE")
    assert removed.count() == loaded.count()


def test_samples_of_one_organisation_are_not_anothers(samples, globex):
    with tenant_context(globex):
        assert sample_keys() == {}
        assert not Course.objects.exists()
