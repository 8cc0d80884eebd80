"""What people choose of their reminders, by API."""

import pytest

from qualiforma.audit.models import AuditEvent
from qualiforma.followup.models import ReminderPreference, ReminderSettings
from tests.cast import ALICE, TOM

MINE, ALL = "/api/v1/me/reminders", "/api/v1/reminder-settings"


def test_without_a_choice_it_is_the_organisations(as_tom):
    assert as_tom.get(MINE).json()["data"] == {
        "isOn": True,
        "leadDays": None,
        "muted": [],
        "language": "fr",
    }
    assert not ReminderPreference.objects.exists()


def test_a_person_changes_what_they_name_and_keeps_the_rest(as_tom):
    body = {"leadDays": 14, "muted": ["PLAN_TARGET", "FINDING"], "language": "en"}
    changed = as_tom.patch(MINE, body).json()["data"]
    assert changed == body | {"isOn": True, "muted": ["FINDING", "PLAN_TARGET"]}
    assert as_tom.patch(MINE, {"leadDays": None}).json()["data"]["language"] == "en"
    row = ReminderPreference.objects.get(user=TOM.id)
    assert (row.lead_days, row.muted) == (None, ["FINDING", "PLAN_TARGET"])
    assert AuditEvent.objects.filter(action="followup.preference.changed").count() == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"leadDays": 6}, "leadDays"),
        ({"leadDays": 31}, "leadDays"),
        ({"leadDays": "7"}, "leadDays"),
        ({"isOn": "yes"}, "isOn"),
        ({"muted": ["NONSENSE"]}, "muted[0]"),
        ({"muted": ["FINDING", "FINDING"]}, "muted"),
        ({"language": "de"}, "language"),
        ({"user": "usr_mona"}, "user"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(as_tom, body, field):
    answer = as_tom.patch(MINE, body)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert not ReminderPreference.objects.exists()


def test_an_admin_chooses_for_all(as_alice, as_tom):
    changed = as_alice.patch(ALL, {"leadDays": 10, "isOn": False}).json()["data"]
    assert (
        changed == {"isOn": False, "leadDays": 10, "muted": []} == as_alice.get(ALL).json()["data"]
    )
    assert ReminderSettings.objects.get().lead_days == 10
    assert as_alice.patch(ALL, {"leadDays": None}).status_code == 400
    assert as_tom.get(ALL).status_code == as_tom.patch(ALL, {"isOn": True}).status_code == 403
    [entry] = AuditEvent.objects.filter(action="followup.settings.changed")
    assert entry.actor == ALICE.id
