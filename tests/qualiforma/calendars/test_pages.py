"""The page of one's own calendars."""

import re

from improvements.states import PlanStatus
from qualiforma.calendars.models import CalendarFeed
from tests.cast import Client
from tests.improvements.factories import make_plan
from tests.staff import text_of

PAGE = "/admin/calendars/"


def address_on(answer):
    [found] = re.findall(r'value="(http\S+/calendar/\S+\.ics)"', answer.content.decode())
    return found[found.index("/calendar/") :]


def test_a_link_is_made_shown_once_and_revoked(desk):
    assert "Aucun lien pour le moment." in text_of(desk.get(PAGE))
    made = desk.send(PAGE)
    path = address_on(made)
    assert made.status_code == 200
    assert Client(None).get(path).status_code == 200
    page = desk.get(PAGE).content.decode()
    assert ".ics" not in page
    assert "Remplacer le lien" in page
    assert desk.send(PAGE, {"revoke": "1"}).status_code == 302
    assert Client(None).get(path).status_code == 404


def test_a_plans_page_leads_to_its_calendar(desk):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    page = desk.get(f"/admin/improvements/improvementplan/{plan.pk}/change/").content.decode()
    query = f"?type=IMPROVEMENT_PLAN&amp;id={plan.pk}"
    assert f"{PAGE}{query}" in page
    shown = desk.get(f"{PAGE}?type=IMPROVEMENT_PLAN&id={plan.pk}")
    assert plan.title in text_of(shown)
    made = desk.send(PAGE, {"type": "IMPROVEMENT_PLAN", "id": plan.pk})
    assert Client(None).get(address_on(made)).status_code == 200
    assert CalendarFeed.objects.get().plan_id == plan.pk


def test_a_plan_that_is_not_there_is_not_found(desk):
    assert desk.get(f"{PAGE}?type=IMPROVEMENT_PLAN&id=imp_none").status_code == 404
    assert desk.get(f"{PAGE}?type=NOTHING&id=x").status_code == 404


def test_an_auditor_has_calendars_too(audit_desk):
    assert audit_desk.send(PAGE).status_code == 200
    assert "Mes calendriers" in text_of(audit_desk.get("/admin/"))
