"""`manage.py send_reminders`: what it shows, what it queues, how it ends."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import Error
from django.utils import timezone

from qualiforma.followup.management.commands import send_reminders
from qualiforma.followup.models import Digest
from qualiforma.working_days import is_working_day
from tests.cast import TOM
from tests.improvements.factories import make_action, make_plan


def workday(*, ahead):
    """A working day that is not to come, or one that is."""
    day = timezone.localdate()
    step = timedelta(days=1 if ahead else -1)
    day += step
    while not is_working_day(day):
        day += step
    return day


@pytest.fixture
def command(acme):
    def run(*arguments):
        out = StringIO()
        call_command("send_reminders", *arguments, stdout=out, stderr=out)
        return out.getvalue()

    return run


@pytest.fixture
def late(acme):
    day = workday(ahead=False)
    action = make_action(
        make_plan(target_date=date(2099, 12, 31)), owner_id=TOM.id, due_date=day - timedelta(days=1)
    )
    return action, day


def test_a_trial_shows_and_sends_nothing(late, command):
    action, day = late
    said = command("--tenant", "acme", "--dry-run", "--date", day.isoformat())
    assert "acme: 1 mails would be queued" in said
    assert TOM.email in said
    assert f"CORRECTIVE_ACTION {action.pk} due {action.due_date}, 1 days late" in said
    assert not Digest.objects.exists()


def test_it_queues_once(late, command, mails):
    _action, day = late
    for queued in (1, 0):
        said = command("--tenant", "acme", "--date", day.isoformat())
        assert f"acme: {queued} mails queued" in said
    assert len(mails()) == 1


def test_a_day_to_come_is_only_tried(late, command):
    day = workday(ahead=True).isoformat()
    assert "would be queued" in command("--tenant", "acme", "--date", day, "--dry-run")
    with pytest.raises(CommandError) as refused:
        command("--tenant", "acme", "--date", day)
    assert refused.value.returncode == 2


def test_a_day_off_is_said(command):
    assert "no working day" in command("--tenant", "acme", "--date", "2026-11-01")


@pytest.mark.parametrize(
    "arguments", [("--tenant", "nowhere"), (), ("--tenant", "acme", "--date", "1/2/2026")]
)
def test_misuse_ends_with_two(command, arguments):
    with pytest.raises(CommandError) as refused:
        command(*arguments, *(["--date", "2026-11-27"] if len(arguments) == 2 else []))
    assert refused.value.returncode in {1, 2}


def test_one_that_fails_stops_no_other(late, command, monkeypatch):
    served = []

    def fail(day):
        from qualiforma.tenants.context import current_tenant

        served.append(current_tenant().slug)
        raise Error("no such table\nDETAIL: more")

    monkeypatch.setattr(send_reminders, "queue_digests", fail)
    with pytest.raises(SystemExit) as ended:
        command("--all-tenants", "--date", late[1].isoformat())
    assert ended.value.code == 1
    assert {"acme", "globex"} <= set(served)
