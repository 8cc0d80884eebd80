"""Who is reminded of what and when: seven days before, the day after, then weekly; each once."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from actionplans.states import State
from compliance.models import Finding
from improvements.models import Complaint, CorrectiveAction
from improvements.states import ActionStatus, PlanStatus
from qualiforma.accounts.models import User
from qualiforma.admin.descriptions import history_entries
from qualiforma.audit.models import AuditEvent
from qualiforma.followup import reminders
from qualiforma.followup.digests import plan_digests, queue_digests
from qualiforma.followup.models import Digest, ReminderPreference, ReminderSettings
from qualiforma.followup.reminders import DueKind, Thing, is_anything_due
from qualiforma.tenants.context import tenant_context
from tests.actionplans.factories import make_action as make_plan_action
from tests.actionplans.factories import make_plan as make_action_plan
from tests.cast import ALICE, CHARLIE, MONA, TOM, TWIN
from tests.compliance.audit_factories import make_finding
from tests.compliance.evidence_factories import make_evidence
from tests.improvements.factories import make_action, make_complaint, make_plan

FAR = date(2099, 12, 31)


def due(**delta):
    return timezone.localdate() + timedelta(**delta)


@pytest.fixture
def action(acme):
    """Tom's, due in seven days; the plan is Mona's."""
    plan = make_plan(
        title="Accueil", owner_id=MONA.id, target_date=FAR, status=PlanStatus.IN_PROGRESS
    )
    return make_action(plan, id="act_toms", owner_id=TOM.id, due_date=due(days=7))


@pytest.fixture
def sent(mails):
    """Run a morning that many days from today; return who got how many mails since."""

    def run(days=0):
        before = len(mails())
        queue_digests(due(days=days))
        return sorted(mail.to[0] for mail in mails()[before:])

    return run


@pytest.mark.parametrize(
    ("days", "stage"),
    [(-8, None), (-7, 0), (-1, 0), (0, 0), (1, 1), (7, 1), (8, 2), (14, 2), (15, 3), (366, 53)],
)
def test_stages(days, stage):
    thing = Thing(DueKind.FINDING, "x", "", "", date(2027, 3, 28), None, None)
    assert thing.stage(thing.due + timedelta(days=days), 7) == stage


def test_three_weeks_of_one_action(action, sent):
    told = {days: got for days in range(-1, 30) if (got := sent(days))}
    both = sorted([ALICE.email, MONA.email, TOM.email])
    assert told == {0: [TOM.email], 8: [TOM.email], 15: both, 22: both, 29: both}


def test_things_missed_for_days_are_reminded_once(action, sent):
    CorrectiveAction.objects.update(due_date=due(days=-1))
    assert sent(3) == [TOM.email]
    assert sent(3) == sent(4) == []
    assert sent(7) == sorted([ALICE.email, MONA.email, TOM.email])


def test_a_run_made_twice_sends_once(action, mails):
    assert [queue_digests(due()) for _ in range(2)] == [1, 0]
    assert len(mails()) == 1
    assert queue_digests(due()) == 0


def test_what_is_done_a_second_before_is_in_no_mail(action, mails):
    other = make_action(action.plan, owner_id=TOM.id, description="Encore", due_date=due(days=-1))
    queue_digests(due())
    other.status, other.completed_at = ActionStatus.DONE, timezone.now()
    other.save()
    [mail] = mails()
    assert "Encore" not in mail.body
    assert "Rédiger le livret" in mail.body


def test_nothing_left_is_no_mail(action, mails):
    queue_digests(due())
    CorrectiveAction.objects.update(status=ActionStatus.CANCELLED)
    assert mails() == []


def test_another_date_begins_anew(action, sent):
    assert sent(0) == [TOM.email]
    CorrectiveAction.objects.update(due_date=due(days=9))
    assert sent(2) == [TOM.email]


def test_two_days_mails_that_wait_together_tell_once(action, mails):
    queue_digests(due())
    queue_digests(due(days=1))
    assert Digest.objects.count() == 2
    assert len(mails()) == 1


def test_each_type_of_event_is_sent(acme, mails):
    plan = make_plan(owner_id=TOM.id, title="Plan en retard", target_date=due(days=-1))
    make_action(plan, owner_id=TOM.id, description="Action proche", due_date=due(days=2))
    make_evidence(title="Attestation", owner_id=TOM.id, valid_until=due(days=5))
    company = make_action_plan(title="Mieux accueillir")
    make_plan_action(company, {MONA.id: State.PENDING}, title="Visite", due_date=due(days=-2))
    queue_digests(due())
    [mona, tom] = sorted(mails(), key=lambda mail: mail.to)
    assert "Visite" in mona.body
    assert "2 jours de retard" in mona.body
    assert mona.subject == "À faire : 1 en retard"
    places = [tom.body.index(text) for text in ("Plan en retard", "Action proche", "Attestation")]
    assert places[0] == min(places)
    assert tom.subject == "À faire : 1 en retard, 2 à venir"


def test_complaints_and_findings_are_the_admins(acme, mails):
    late = make_complaint(subject="Froid")
    Complaint.objects.filter(pk=late.pk).update(acknowledge_by=due(days=-1))
    now = timezone.now() + timedelta(minutes=1)
    make_complaint(subject="Accusée", acknowledged_at=now)
    make_complaint(subject="Répondue", status="RESOLVED", resolved_at=now)
    make_finding(text="Tarifs non publiés")
    Finding.objects.update(due_date=due(days=2), deadline=due(days=2))
    ReminderPreference.objects.create(user_id=ALICE.id, muted=["COMPLAINT_ANSWER", "FINDING"])
    queue_digests(due())
    [mail] = mails()
    assert mail.to == [ALICE.email]
    assert mail.body.count("Froid") == 1
    assert "1 jour de retard" in mail.body
    assert "Accusée" not in mail.body
    assert "Répondue" not in mail.body
    assert "Tarifs non publiés" in mail.body  # a legal date


def test_settled_things_get_no_reminder(acme, sent):
    make_plan([{"due_date": due(days=-1)}], status=PlanStatus.COMPLETED, target_date=due(days=-1))
    make_plan(target_date=due(days=-1), deleted_at=timezone.now(), deleted_by_id=ALICE.id)
    company = make_action_plan()
    make_plan_action(company, {MONA.id: State.COMPLETED}, due_date=due(days=-2))
    assert sent() == []


def test_inactive_user_gets_no_mail_and_others_are_reminded_later(action, sent):
    User.objects.filter(pk=TOM.id).update(is_active=False)
    assert sent(0) == sent(8) == []
    assert sent(15) == sorted([ALICE.email, MONA.email])


def test_what_is_escalated_names_whose_it_is(action, mails):
    queue_digests(due(days=15))
    [mail] = [one for one in mails() if one.to == [MONA.email]]
    assert "pour d’autres personnes" in mail.body
    assert TOM.name in mail.body
    assert "8 jours de retard" in mail.body
    assert mail.body.count("/admin/me/IMPROVEMENT_PLAN/") == 0  # it is none of hers


@pytest.fixture
def shared(acme):
    """An action of an action plan that two people have to do, eight days late."""
    plan = make_action_plan(created_by_id=MONA.id)
    parts = {TOM.id: State.PENDING, ALICE.id: State.PENDING}
    return make_plan_action(plan, parts, due_date=due(days=-8))


def test_an_action_of_two_late_people_is_one_line_with_both_names(shared, mails):
    queue_digests(due())
    [mail] = [one for one in mails() if one.to == [MONA.email]]
    assert mail.subject == "À faire : 1 en retard"
    assert mail.body.count("8 jours de retard") == 1
    assert TOM.name in mail.body
    assert ALICE.name in mail.body


def test_a_persons_own_part_goes_before_the_others(shared, mails):
    queue_digests(due())
    [mail] = [one for one in mails() if one.to == [ALICE.email]]
    assert mail.subject == "À faire : 1 en retard"
    assert "pour d’autres personnes" not in mail.body


@pytest.mark.parametrize(
    ("model", "key"), [(ReminderPreference, {"user_id": TOM.id}), (ReminderSettings, {})]
)
def test_a_person_and_the_organisation_mute_and_widen(action, sent, model, key):
    row = model.objects.create(**key, muted=["CORRECTIVE_ACTION"])
    assert sent(0) == []
    row.muted, row.is_on = [], False
    row.save()
    assert sent(0) == []
    row.is_on, row.lead_days = True, 10
    row.save()
    CorrectiveAction.objects.update(due_date=due(days=10))
    assert sent(0) == [TOM.email]


@pytest.fixture
def legal(monkeypatch):
    source = reminders.sources[DueKind.PLAN_TARGET]
    changed = reminders.DueSource(**vars(source) | {"is_legal": True})
    monkeypatch.setitem(reminders.sources, "PLAN_TARGET", changed)


def test_an_admin_cannot_mute_a_legal_date(acme, sent, legal):
    ReminderPreference.objects.create(user_id=ALICE.id, is_on=False, muted=["PLAN_TARGET"])
    ReminderPreference.objects.create(user_id=TOM.id, is_on=False)
    make_plan(target_date=due(days=-1), owner_id=ALICE.id)
    make_plan(target_date=due(days=-1), owner_id=TOM.id)
    assert sent() == [ALICE.email]


def test_things_without_owner_are_the_admins(acme, monkeypatch, sent):
    source = reminders.sources[DueKind.PLAN_TARGET]
    columns = {**source.columns, "owner": reminders.NO_PERSON}
    changed = reminders.DueSource(**vars(source) | {"columns": columns})
    monkeypatch.setitem(reminders.sources, "PLAN_TARGET", changed)
    make_plan(target_date=due(days=3), owner_id=TOM.id)
    assert sent() == [ALICE.email]


def test_what_was_sent_to_whom_is_in_the_trail(action, sent):
    sent()
    [entry] = AuditEvent.objects.filter(action="followup.digest.sent")
    assert entry.object_type == "reminder_digest"
    noted = str(entry.clear)
    assert TOM.id in noted
    assert "act_toms" in noted
    assert TOM.email not in noted
    [shown] = history_entries([entry])
    lines = {line.title: line.after for line in shown.parts[0].lines}
    assert lines["Destinataire"] == TOM.name
    assert lines["Échéances rappelées"] == f"{due(days=7):%d/%m/%Y}"
    assert lines["Jour"] == f"{due():%d/%m/%Y}"


def test_a_mail_that_never_left_is_not_recorded(action, mails, monkeypatch):
    monkeypatch.setattr("qualiforma.mail.jobs.EmailMultiAlternatives.send", _away)
    queue_digests(due())
    with pytest.raises(OSError, match="away"):
        mails()
    assert not AuditEvent.objects.filter(action="followup.digest.sent").exists()
    assert Digest.objects.get().sent_at is None


def _away(self):
    raise OSError("away")


def test_organisation_receives_only_its_own_events(action, globex, mails):
    with tenant_context(globex):
        make_plan(owner_id=TWIN.id, title="Globex", target_date=due(days=-1))
        queue_digests(due())
    [mail] = mails()
    assert mail.to == [TWIN.email]
    assert mail.to != [CHARLIE.email]
    assert "globex.localhost" in mail.body
    assert "Accueil" not in mail.body


def test_an_idle_organisation_costs_one_statement(acme, django_assert_num_queries):
    """Beside the one that opens its schema."""
    assert not Digest.objects.exists()
    with django_assert_num_queries(1):
        assert not is_anything_due(due())
    with django_assert_num_queries(1):
        assert plan_digests(due()).lines == {}


def test_the_number_of_statements_of_a_run_is_constant(action, django_assert_num_queries):
    for rank in range(40):
        plan = make_plan(title=f"Plan {rank}", owner_id=TOM.id, target_date=due(days=-rank))
        make_action(plan, owner_id=MONA.id, due_date=due(days=-rank))
    with django_assert_num_queries(4):
        assert len(plan_digests(due()).lines) == 3
