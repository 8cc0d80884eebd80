"""The route table's rows of one's own work, dates and reminders. Everybody has their own."""

from tests.rows import Row

EVERYBODY = (401,) + (200,) * 6
ADMINS = (401, 200, 403, 403, 403, 403, 200)
MINE, ALL = "/api/v1/me/reminders", "/api/v1/reminder-settings"
FOLLOWUP_ROWS = [
    Row("GET", "my-work", "/api/v1/me/work", EVERYBODY),
    Row("GET", "my-dates", "/api/v1/me/dates", EVERYBODY),
    Row("GET", "my-reminders", MINE, EVERYBODY),
    Row("PATCH", "my-reminders", MINE, EVERYBODY, body={"isOn": False}),
    Row("GET", "reminder-settings", ALL, ADMINS),
    Row("PATCH", "reminder-settings", ALL, ADMINS, body={"leadDays": 10}),
]
