"""The morning's run: spread over the first hour, on working days, once, whatever was missed."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError

from qualiforma.jobs import mornings
from qualiforma.jobs.models import MorningRun
from qualiforma.jobs.mornings import SPREAD_MINUTES, minute_of, start_due
from qualiforma.tenants.context import current_tenant
from qualiforma.tenants.models import Tenant
from qualiforma.working_days import is_working_day
from tests.jobs import queued

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 11, 30)


def at(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS)


@pytest.fixture
def asked(acme, monkeypatch):
    """Which organisations were asked; all of them need something."""
    seen = []

    def is_needed(day):
        seen.append(current_tenant().slug)
        return True

    [morning] = mornings._mornings
    monkeypatch.setattr(mornings, "_mornings", [mornings.Morning(morning.job, is_needed)])
    return seen


def test_each_has_its_minute_of_the_first_hour(asked):
    acme = Tenant.objects.get(slug="acme")
    minute = minute_of(acme.pk)
    assert minute < SPREAD_MINUTES
    if minute:
        start_due(at(MONDAY, 7, minute - 1))
        assert "acme" not in asked
    start_due(at(MONDAY, 7, minute))
    assert asked.count("acme") == 1


def test_each_is_asked_once_a_day(asked):
    for _ in range(3):
        start_due(at(MONDAY, 8))
    assert asked.count("acme") == 1
    assert queued().count("followup.remind") == len(asked)
    start_due(at(MONDAY + timedelta(days=1), 8))
    assert asked.count("acme") == 2


def test_what_is_queued_already_is_not_queued_twice(asked):
    start_due(at(MONDAY, 8))
    MorningRun.objects.all().delete()  # a crash in between
    start_due(at(MONDAY, 8, 5))
    assert queued().count("followup.remind") == len(set(asked))


@pytest.mark.parametrize("hour", [0, 6, 20, 23])
def test_never_by_night(asked, hour):
    assert start_due(at(MONDAY, hour, 59)) == 0


@pytest.mark.parametrize("day", [date(2026, 11, 28), date(2026, 12, 25), date(2027, 3, 29)])
def test_never_on_a_day_off(asked, day):
    assert start_due(at(day, 8)) == 0
    assert asked == []


def test_after_days_without_a_worker_it_runs_once(asked):
    start_due(at(MONDAY, 8))
    start_due(at(MONDAY + timedelta(days=4), 15))
    start_due(at(MONDAY + timedelta(days=4), 16))
    assert asked.count("acme") == 2


@pytest.mark.parametrize("day", [date(2027, 3, 26), date(2027, 3, 30), date(2026, 10, 26)])
def test_summer_time_moves_nothing(asked, day):
    """07:00 in Paris is another hour in UTC on either side of the change."""
    utc = at(day, 6, 59).astimezone(ZoneInfo("UTC"))
    assert start_due(utc.astimezone(PARIS)) == 0
    assert start_due((utc + timedelta(minutes=61)).astimezone(PARIS)) > 0


def test_one_that_cannot_be_asked_stops_no_other(acme, monkeypatch):
    def is_needed(day):
        raise DatabaseError("no such table")

    [morning] = mornings._mornings
    monkeypatch.setattr(mornings, "_mornings", [mornings.Morning(morning.job, is_needed)])
    count = start_due(at(MONDAY, 8))
    assert count == queued().count("followup.remind") >= 2


def test_one_with_nothing_due_gets_no_job(acme, monkeypatch):
    """Others may have something due: a live server's test leaves its organisations."""
    [morning] = mornings._mornings
    needed = {}

    def is_needed(day):
        needed[current_tenant().slug] = morning.is_needed(day)
        return needed[current_tenant().slug]

    monkeypatch.setattr(mornings, "_mornings", [mornings.Morning(morning.job, is_needed)])
    assert start_due(at(MONDAY, 8)) >= 2
    assert needed["acme"] is False
    assert queued().count("followup.remind") == sum(needed.values())


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 1), False),
        (date(2026, 4, 6), False),  # Easter Monday
        (date(2026, 5, 14), False),  # Ascension
        (date(2026, 5, 25), False),  # Whit Monday
        (date(2027, 3, 29), False),  # Easter Monday
        (date(2026, 7, 14), False),
        (date(2026, 11, 11), False),
        (date(2026, 11, 29), False),
        (date(2026, 11, 30), True),
        (date(2026, 12, 24), True),
    ],
)
def test_working_days(day, expected):
    assert is_working_day(day) is expected
