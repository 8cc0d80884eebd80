"""Calendars as programs read them: by the library that writes them, and by another one."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import vobject
from django.utils import timezone
from icalendar import Calendar

from actionplans.states import State
from improvements import services
from improvements.models import CorrectiveAction
from improvements.states import ActionStatus, PlanStatus
from qualiforma.accounts import services as accounts
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.calendar_tokens import digest
from qualiforma.calendars.models import CalendarFeed
from qualiforma.tenants.context import tenant_context
from tests.actionplans import factories as actionplans
from tests.cast import ALICE, BOB, CHARLIE, MONA, TOM, Client
from tests.improvements.factories import make_action, make_plan

MINE = "/api/v1/me/calendar"
DAY = date(2026, 12, 15)


def actor_of(person):
    return Actor.of(User.objects.get(pk=person.id))


def path_of(answer):
    assert answer.status_code == 201, answer.content
    body = answer.json()
    return urlsplit(body.get("data", body)["url"]).path


def fetch(path, **headers):
    """As a calendar program asks: without credentials, by any host."""
    return Client(None).get(path, **headers)


def events_of(answer):
    """The events by the start of their id, read by both libraries, which must agree."""
    assert answer.status_code == 200, answer.content
    calendar: Any = Calendar.from_ical(answer.content)
    events: dict[str, Any] = {str(one["uid"]).split("@")[0]: one for one in calendar.walk("VEVENT")}
    assert not [one.errors for one in calendar.walk("VEVENT") if one.errors]
    assert calendar["version"] == "2.0"
    other = vobject.readOne(answer.content.decode())
    others = {one.uid.value.split("@")[0]: one for one in getattr(other, "vevent_list", [])}
    assert set(others) == set(events)
    for key, one in events.items():
        assert others[key].summary.value == str(one["summary"])
        assert others[key].dtstart.value == one["dtstart"].dt
        assert others[key].status.value == str(one["status"])
    return events


@pytest.fixture
def plan(acme):
    return make_plan(status=PlanStatus.IN_PROGRESS)


def test_own_actions_stand_on_their_days(as_mona, plan):
    mine = make_action(plan, owner_id=MONA.id, due_date=DAY, description="Relire; le livret, vite")
    make_action(plan, owner_id=TOM.id, due_date=DAY)
    make_action(plan, owner_id=MONA.id)  # without a day
    answer = fetch(path_of(as_mona.post(MINE)))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    events = events_of(answer)
    assert list(events) == [mine.pk]
    [event] = events.values()
    assert event["dtstart"].dt == DAY
    assert event["dtend"].dt == DAY + timedelta(days=1)
    assert (str(event["summary"]), event["status"]) == ("Relire; le livret, vite", "CONFIRMED")
    assert plan.title in event["description"]


def test_parts_of_action_plans_stand_there_too(as_mona, acme):
    action = actionplans.make_action(
        actionplans.make_plan(), {MONA.id: State.PENDING, ALICE.id: State.COMPLETED}, due_date=DAY
    )
    [event] = events_of(fetch(path_of(as_mona.post(MINE)))).values()
    assert str(event["summary"]) == action.title


def test_nobody_else_is_named(as_mona, plan):
    make_action(plan, owner_id=MONA.id, due_date=DAY)
    action = actionplans.make_action(
        actionplans.make_plan(), {MONA.id: State.PENDING, TOM.id: State.PENDING}, due_date=DAY
    )
    company = f"/api/v1/company/action-plans/{action.plan_id}/calendar"
    for path in (MINE, f"/api/v1/improvement-plans/{plan.pk}/calendar", company):
        if path == company:
            action.plan.created_by_id = MONA.id
            action.plan.save()
        text = fetch(path_of(as_mona.post(path))).content.decode()
        assert "BEGIN:VEVENT" in text
        for person in (ALICE, MONA, TOM):
            assert person.name not in text
            assert person.email not in text
            assert person.id not in text


def test_what_is_moved_done_or_cancelled_shows_as_such(as_alice, plan):
    ids = [make_action(plan, due_date=DAY).pk for _ in range(3)]
    path = path_of(as_alice.post(MINE))
    before = events_of(fetch(path))
    changes: list[dict[str, Any]] = [
        {"due_date": date(2027, 1, 5)},
        {"status": "DONE"},
        {"status": "CANCELLED"},
    ]
    for key, change in zip(ids, changes, strict=True):
        action = CorrectiveAction.objects.get(pk=key)
        services.change_action(action=action, changes=change, actor=actor_of(ALICE))
    moved, done, cancelled = (events_of(fetch(path))[key] for key in ids)
    assert moved["dtstart"].dt == date(2027, 1, 5)
    assert (done["status"], str(done["summary"])[:10]) == ("CONFIRMED", "Terminé : ")
    assert (cancelled["status"], str(cancelled["summary"])[:9]) == ("CANCELLED", "Annulé : ")
    for key, event in zip(ids, (moved, done, cancelled), strict=True):
        assert event["sequence"] > before[key]["sequence"]
        assert event["uid"] == before[key]["uid"]
        assert event["last-modified"].dt >= before[key]["last-modified"].dt


def test_what_a_given_up_plan_had_open_is_cancelled(as_alice, plan):
    action = make_action(plan, due_date=DAY)
    services.change_plan_status(
        plan=plan, target=PlanStatus.ARCHIVED, reason="Sans objet", actor=actor_of(ALICE)
    )
    assert events_of(fetch(path_of(as_alice.post(MINE))))[action.pk]["status"] == "CANCELLED"


def test_a_plans_calendar_has_its_day_and_all_its_actions(as_mona, plan):
    mine = make_action(plan, owner_id=MONA.id, due_date=DAY)
    toms = make_action(plan, owner_id=TOM.id, due_date=DAY)
    path = path_of(as_mona.post(f"/api/v1/improvement-plans/{plan.pk}/calendar"))
    assert set(events_of(fetch(path))) == {plan.pk, mine.pk, toms.pk}


def test_a_plans_calendar_ends_for_who_sees_it_no_more(as_mona, plan):
    action = make_action(plan, owner_id=MONA.id, due_date=DAY)
    path = path_of(as_mona.post(f"/api/v1/improvement-plans/{plan.pk}/calendar"))
    CorrectiveAction.objects.filter(pk=action.pk).update(owner=TOM.id)
    assert fetch(path).status_code == 404


def test_an_unchanged_calendar_is_not_sent_again(as_alice, plan):
    action = make_action(plan, due_date=DAY)
    path = path_of(as_alice.post(MINE))
    first = fetch(path)
    assert first["Cache-Control"].startswith("private")
    again = fetch(path, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    services.change_action(
        action=action, changes={"status": ActionStatus.DONE}, actor=actor_of(ALICE)
    )
    assert fetch(path, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


def test_the_language_is_that_of_who_made_it(acme, tokens, plan):
    make_action(plan, due_date=DAY, status=ActionStatus.DONE)
    client = Client("acme", tokens[ALICE.id, "acme"], language="en")
    text = fetch(path_of(client.post(MINE))).content.decode()
    assert "SUMMARY:Done: " in text


def test_a_new_link_replaces_the_former_one(as_alice):
    former, new = (path_of(as_alice.post(MINE)) for _ in range(2))
    assert [fetch(path).status_code for path in (former, new)] == [404, 200]
    assert CalendarFeed.objects.count() == 1


def test_the_token_is_kept_nowhere(as_alice, acme):
    token = path_of(as_alice.post(MINE)).removeprefix("/calendar/").removesuffix(".ics")
    [feed] = CalendarFeed.objects.all()
    assert feed.digest == digest(token)
    assert as_alice.get(MINE).json()["data"].keys() == {"active", "createdAt"}
    trail = as_alice.get("/api/v1/audit-events?perPage=100").content.decode()
    assert "calendars.feed.made" in trail
    assert token not in trail
    assert feed.digest not in trail


def test_a_dead_link_is_answered_as_one_that_never_was(as_alice, acme, count_queries):
    token = path_of(as_alice.post(MINE)).removeprefix("/calendar/").removesuffix(".ics")
    assert as_alice.delete(MINE).status_code == 204
    assert as_alice.get(MINE).json()["data"] == {"active": False, "createdAt": None}
    never = f"qfc.{acme.pk}.{'A' * 43}"
    nowhere = f"qfc.tnt_nowhere.{'A' * 43}"
    answers = [fetch(f"/calendar/{one}.ics") for one in (token, never, nowhere, "x")]
    bodies = [answer.json() | {"instance": "", "requestId": ""} for answer in answers]
    assert all(one == bodies[0] for one in bodies)
    kept = [{k: v for k, v in one.headers.items() if k not in CHANGING} for one in answers]
    assert all(one == kept[0] for one in kept)
    costs = [
        count_queries(lambda one=one: fetch(f"/calendar/{one}.ics"), status=404)
        for one in (token, never, nowhere, "x")
    ]
    assert len(set(costs)) == 1


CHANGING = {"X-Request-ID", "RateLimit-Remaining", "RateLimit-Reset", "Content-Length"}


def test_a_deactivated_persons_links_are_dead_and_stay_so(as_tom, acme):
    path = path_of(as_tom.post(MINE))
    user = User.objects.get(pk=TOM.id)
    for is_active in (False, True):
        changes = {"is_active": is_active}
        user = accounts.change_user(user=user, changes=changes, actor=actor_of(ALICE))
        assert fetch(path).status_code == 404
    assert not CalendarFeed.objects.exists()


def test_another_password_leaves_the_links(as_bob, acme):
    path = path_of(as_bob.post(MINE))
    user = User.objects.get(pk=BOB.id)
    accounts.change_password(
        user=user, current="correct-horse-battery", new="une autre phrase", scope=acme.pk
    )
    assert fetch(path).status_code == 200


def test_another_tenants_id_before_the_secret_finds_nothing(as_charlie, acme, globex):
    path = path_of(as_charlie.post(MINE))
    assert globex.pk in path
    assert fetch(path).status_code == 200
    assert fetch(path.replace(globex.pk, acme.pk)).status_code == 404
    with tenant_context(globex):
        assert CalendarFeed.objects.filter(user_id=CHARLIE.id).exists()
    assert not CalendarFeed.objects.exists()


def test_guessing_is_slowed_down_and_reading_is_counted_by_feed(as_alice, settings):
    path = path_of(as_alice.post(MINE))
    settings.RATE_LIMIT = 2
    dead = [fetch(f"/calendar/{number}.ics") for number in range(3)]
    assert [one.status_code for one in dead] == [404, 404, 429]
    assert dead[-1]["Retry-After"]
    assert [fetch(path).status_code for _ in range(3)] == [200, 200, 429]


def test_only_reading_is_answered(as_alice):
    path = path_of(as_alice.post(MINE))
    assert Client(None).head(path).status_code == 200
    assert Client(None).post(path).status_code == 405


def test_long_lines_are_folded_and_old_things_left_out(as_alice, plan):
    make_action(plan, due_date=DAY, description="é" * 1500)
    make_action(plan, due_date=timezone.localdate() - timedelta(days=400))
    text = fetch(path_of(as_alice.post(MINE)))
    assert max(len(line) for line in text.content.split(b"\r\n")) <= 75
    assert len(events_of(text)) == 1


def test_a_long_calendar_costs_no_more_statements(as_alice, plan, count_queries):
    path = path_of(as_alice.post(MINE))
    make_action(plan, due_date=DAY)
    few = count_queries(lambda: fetch(path))
    for _ in range(10):
        make_action(plan, due_date=DAY)
    assert count_queries(lambda: fetch(path)) == few


def test_the_last_day_of_all_has_no_day_after(as_mona, plan):
    """RFC 5545: an event with a day and no end lasts that day."""
    mine = make_action(plan, owner_id=MONA.id, due_date=date.max)
    event = events_of(fetch(path_of(as_mona.post(MINE))))[mine.pk]
    assert event["dtstart"].dt == date.max
    assert "dtend" not in event
