"""The page of one's own calendars."""

import re

import pytest

from improvements.states import PlanStatus
from qualiforma.calendars.models import CalendarFeed
from tests.admin_client import entered, text_of
from tests.cast import BOB, MONA, TOM, Client
from tests.improvements.factories import make_plan

PAGE = "/admin/calendars/"


def address_on(answer):
    [found] = re.findall(r'value="(http\S+/calendar/\S+\.ics)"', answer.content.decode())
    return found[found.index("/calendar/") :]


def test_a_link_is_made_shown_once_and_revoked(admin_client):
    assert "Aucun lien pour le moment." in text_of(admin_client.get(PAGE))
    made = admin_client.send(PAGE)
    path = address_on(made)
    assert made.status_code == 200
    assert Client(None).get(path).status_code == 200
    page = admin_client.get(PAGE).content.decode()
    assert ".ics" not in page
    assert "Remplacer le lien" in page
    assert admin_client.send(PAGE, {"revoke": "1"}).status_code == 302
    assert Client(None).get(path).status_code == 404


def test_a_plans_page_leads_to_its_calendar(admin_client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    page = admin_client.get(
        f"/admin/improvements/improvementplan/{plan.pk}/change/"
    ).content.decode()
    query = f"?type=IMPROVEMENT_PLAN&amp;id={plan.pk}"
    assert f"{PAGE}{query}" in page
    shown = admin_client.get(f"{PAGE}?type=IMPROVEMENT_PLAN&id={plan.pk}")
    assert plan.title in text_of(shown)
    made = admin_client.send(PAGE, {"type": "IMPROVEMENT_PLAN", "id": plan.pk})
    assert Client(None).get(address_on(made)).status_code == 200
    assert CalendarFeed.objects.get().plan_id == plan.pk


def test_a_plan_that_is_not_there_is_not_found(admin_client):
    assert admin_client.get(f"{PAGE}?type=IMPROVEMENT_PLAN&id=imp_none").status_code == 404
    assert admin_client.get(f"{PAGE}?type=NOTHING&id=x").status_code == 404


def test_an_auditor_has_calendars_too(auditor_client):
    assert auditor_client.send(PAGE).status_code == 200
    assert "Mes calendriers" in text_of(auditor_client.get("/admin/"))


@pytest.mark.parametrize("person", [MONA, TOM, BOB], ids=lambda one: one.name)
def test_whoever_has_an_account_has_calendars(acme, person):
    own = entered(person)
    assert 'href="/admin/calendars/"' in own.get("/admin/me/").content.decode()
    made = own.send(PAGE)
    path = address_on(made)
    assert Client(None).get(path).status_code == 200
    page = own.get(PAGE)
    assert "Remplacer le lien" in text_of(page)
    assert "Administration" not in text_of(page)
    assert own.send(PAGE, {"revoke": "1"}).status_code == 302
    assert Client(None).get(path).status_code == 404


def test_a_plan_of_anothers_has_no_calendar(acme):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    asked = {"type": "IMPROVEMENT_PLAN", "id": plan.pk}
    assert entered(TOM).get(f"{PAGE}?type=IMPROVEMENT_PLAN&id={plan.pk}").status_code == 404
    assert entered(TOM).send(PAGE, asked).status_code == 404
    assert not CalendarFeed.objects.exists()


def test_an_id_without_its_kind_of_plan_is_not_found(admin_client):
    assert admin_client.get("/admin/calendars/?id=imp_none").status_code == 404
    assert admin_client.send("/admin/calendars/", {"id": "imp_none"}).status_code == 404
    assert not CalendarFeed.objects.exists()
