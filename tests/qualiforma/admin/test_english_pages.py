"""Words of one French spelling that are several in English."""

import pytest

from improvements.states import PlanStatus
from tests.admin_client import text_of
from tests.improvements.factories import make_action, make_plan


@pytest.fixture
def english(admin_client):
    admin_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return admin_client


def test_a_document_has_an_author_and_a_complaint_a_complainant(english):
    assert "Complainant" not in text_of(english.get("/admin/compliance/evidence/add/"))
    text = text_of(english.get("/admin/improvements/complaint/add/"))
    assert ("Complainant" in text, "Subject" in text) == (True, True)


def test_what_was_done_is_said_with_english_signs(english, acme):
    action = make_action(make_plan(status=PlanStatus.IN_PROGRESS), description="Read it")
    url = f"/admin/improvements/correctiveaction/{action.pk}/state/"
    assert english.send(url, {"status": "DONE"}).json() == {"said": "“Read it”: Done"}
