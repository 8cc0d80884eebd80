"""Assignees are told what is late: by mail, once for each due date."""

from datetime import timedelta

from django.utils import timezone

from actionplans.jobs import tell_what_is_late
from actionplans.models import Action, Assignment
from actionplans.states import State
from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from qualiforma.jobs.nightly import queue_nightly_jobs
from tests.actionplans.factories import make_action, make_plan
from tests.cast import ALICE, MONA

YESTERDAY = timedelta(days=-1)


def due(**delta):
    return timezone.localdate() + timedelta(**delta)


def test_each_open_part_is_told_once(acme, mails):
    plan = make_plan(title="Accueil")
    parts = {ALICE.id: State.IN_PROGRESS, MONA.id: State.PENDING}
    action = make_action(plan, parts, due_date=due(days=-1), title="Livret")
    make_action(plan, {ALICE.id: State.COMPLETED}, due_date=due(days=-1))
    make_action(plan, {ALICE.id: State.CANCELLED}, due_date=due(days=-1))
    make_action(plan, {ALICE.id: State.IN_PROGRESS}, due_date=due())
    make_action(plan, {ALICE.id: State.IN_PROGRESS})
    entries = AuditEvent.objects.count()
    for _night in range(3):
        tell_what_is_late.enqueue()
        sent = mails()
    assert sorted(mail.to[0] for mail in sent) == [ALICE.email, MONA.email]
    assert all("Livret" in mail.subject and "Accueil" in mail.body for mail in sent)
    assert AuditEvent.objects.count() == entries
    Action.objects.filter(pk=action.pk).update(due_date=due(days=-2))  # another that has passed
    tell_what_is_late.enqueue()
    assert len(mails()) == 4


def test_what_is_settled_before_the_mail_goes_is_not_told(acme, mails):
    action = make_action(make_plan(), {MONA.id: State.PENDING}, due_date=due(days=-1))
    tell_what_is_late.function()
    Assignment.objects.filter(action=action).update(
        base_status=State.COMPLETED, completed_at=timezone.now()
    )
    assert mails() == []


def test_what_is_put_off_before_the_mail_goes_is_told_when_that_has_passed(acme, mails):
    action = make_action(make_plan(), {MONA.id: State.PENDING}, due_date=due(days=-1))
    tell_what_is_late.function()
    Action.objects.filter(pk=action.pk).update(due_date=due(days=1))
    assert mails() == []
    tell_what_is_late.enqueue()
    assert mails() == []


def test_whoever_left_is_not_told(acme, mails):
    make_action(make_plan(), {MONA.id: State.PENDING}, due_date=due(days=-1))
    User.objects.filter(pk=MONA.id).update(is_active=False)
    tell_what_is_late.enqueue()
    assert mails() == []


def test_every_night_in_every_organisation(acme, mails):
    make_action(make_plan(), {MONA.id: State.PENDING}, due_date=due(days=-1))
    queue_nightly_jobs.function()
    # Organisations of live servers, should there be any, have theirs.
    assert [mail.to for mail in mails()].count([MONA.email]) == 1
