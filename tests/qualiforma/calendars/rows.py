"""The calendars' rows of the route table. Everybody has their own; a plan's is for who sees the plan."""

from tests.actionplans.routes import COMPANY, THEIR_PLAN
from tests.rows import Row

MINE = "/api/v1/me/calendar"
PLAN = "/api/v1/improvement-plans/imp_theirs/calendar"
COMPANY_PLAN = f"{COMPANY}/action-plans/{THEIR_PLAN}/calendar"
READ, MADE, GONE = (200,) * 6, (201,) * 6, (204,) * 6


def seen(status: int) -> tuple[int, ...]:
    return (401, status, status, 404, 404, status, 404)


def managed(status: int) -> tuple[int, ...]:
    return (401, status, status, 403, 403, 403, 404)


CALENDAR_ROWS = [
    Row("GET", "my-calendar", MINE, (401, *READ)),
    Row("POST", "my-calendar", MINE, (401, *MADE)),
    Row("DELETE", "my-calendar", MINE, (401, *GONE)),
    Row("GET", "improvement-plan-calendar", PLAN, seen(200)),
    Row("POST", "improvement-plan-calendar", PLAN, seen(201)),
    Row("DELETE", "improvement-plan-calendar", PLAN, seen(204)),
    Row("GET", "action-plan-calendar", COMPANY_PLAN, managed(200)),
    Row("POST", "action-plan-calendar", COMPANY_PLAN, managed(201)),
    Row("DELETE", "action-plan-calendar", COMPANY_PLAN, managed(204)),
    Row("GET", "calendar-feed", "/calendar/x.ics", (404,) * 7, public=True, needs_tenant=False),
]
