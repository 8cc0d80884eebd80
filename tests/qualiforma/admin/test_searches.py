"""Lists find what people look for: an id, a number, a word of an action, a person, a company."""

import pytest

from qualiforma.accounts.services import create_user
from qualiforma.training.models import Certificate
from tests.admin_client import text_of
from tests.cast import BOB, MONA, PASSWORD
from tests.improvements.factories import make_action, make_complaint, make_plan
from tests.improvements.pages import LIST, page_of
from tests.qualiforma.training.factories import make_company, make_course, make_enrollment

ACTIONS = "/admin/improvements/correctiveaction/"
COMPLAINTS = "/admin/improvements/complaint/"
ENROLLMENTS = "/admin/training/enrollment/"
CERTIFICATES = "/admin/training/certificate/"


@pytest.fixture
def plan(acme):
    make_plan(title="Un autre plan")
    plan = make_plan(title="Plan cherché", owner_id=MONA.id)
    make_action(plan, description="Afficher l’évacuation")
    return plan


@pytest.mark.parametrize("words", ["evacuation", "mona petit", "cherche évacuation", "{pk}"])
def test_a_plan_is_found_by_its_actions_its_owner_and_its_id(admin_client, plan, words):
    text = text_of(admin_client.get(LIST, {"q": words.format(pk=plan.pk)}))
    assert "Plan cherché" in text
    assert "Un autre plan" not in text


def test_an_action_is_found_by_its_owner_and_its_id(admin_client, plan):
    action = plan.actions.get()
    action.owner_id = MONA.id
    action.save()
    for words in ("mona", action.pk):
        assert "Afficher l’évacuation" in text_of(admin_client.get(ACTIONS, {"q": words}))
    assert "Afficher l’évacuation" not in text_of(admin_client.get(ACTIONS, {"q": "alice"}))


def test_an_enrollment_is_found_by_its_company_and_its_certificate(admin_client, acme):
    company, course = make_company(name="Mairie de Brest"), make_course(title="Tableur")
    one = make_enrollment(company=company, course=course)
    certificate = Certificate.objects.create(enrollment=one)
    certificate.refresh_from_db()
    for words in ("brest", certificate.number, one.pk):
        assert "Tableur" in text_of(admin_client.get(ENROLLMENTS, {"q": words}))
    for words in ("brest", certificate.number):
        assert certificate.number in text_of(admin_client.get(CERTIFICATES, {"q": words}))
    assert "Tableur" not in text_of(admin_client.get(ENROLLMENTS, {"q": "1999-0001"}))


def test_a_complaint_is_found_by_its_learner(admin_client, acme):
    make_complaint(subject="Salle froide", enrollment=make_enrollment())
    make_complaint(subject="Une autre")
    text = text_of(admin_client.get(COMPLAINTS, {"q": "bob roux"}))
    assert "Salle froide" in text
    assert "Une autre" not in text


def test_a_picker_offers_staff_and_tells_two_of_one_name_apart(admin_client, acme):
    create_user(email="autre@acme.fr", name=MONA.name, role="TRAINER", password=PASSWORD)
    html = admin_client.get(page_of(make_plan())).content.decode()
    assert f"{MONA.name} ({MONA.email})" in html
    assert f"{MONA.name} (autre@acme.fr)" in html
    assert "Alice Durand (" not in html
    assert BOB.name not in html
