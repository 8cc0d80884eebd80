"""What people choose of their reminders: on their page, and by a mail's one click."""

import re

import pytest
from django.utils import timezone

from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from qualiforma.followup.digests import queue_digests
from qualiforma.followup.links import unsubscribe_link
from qualiforma.followup.models import ReminderPreference, ReminderSettings
from qualiforma.followup.reminders import sources
from tests.admin_client import entered, text_of
from tests.cast import ALICE, AUDREY, TOM, Client
from tests.improvements.factories import make_plan

PAGE = "/admin/me/reminders/"
OWN = {"own-is_on": "on", "own-lead_days": "14", "own-language": "en", "own-told": ["PLAN_TARGET"]}


def test_a_person_chooses(acme):
    admin_client = entered(TOM)
    assert "Mes rappels" in text_of(admin_client.get(PAGE))
    assert admin_client.send(PAGE, OWN).status_code == 302
    row = ReminderPreference.objects.get(user=TOM.id)
    assert (row.is_on, row.lead_days, row.language) == (True, 14, "en")
    assert set(row.muted) == set(sources) - {"PLAN_TARGET"}
    assert "Vos choix sont enregistrés." in text_of(admin_client.get(PAGE))
    [entry] = AuditEvent.objects.filter(action="followup.preference.changed")
    assert entry.actor == TOM.id


@pytest.mark.parametrize(
    ("field", "value"), [("own-lead_days", "6"), ("own-lead_days", "31"), ("own-language", "de")]
)
def test_what_cannot_be_is_refused_at_its_field(acme, field, value):
    answer = entered(TOM).send(PAGE, OWN | {field: value})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not ReminderPreference.objects.exists()


def test_an_admin_chooses_for_all(acme):
    body = {"all": "1", "all-lead_days": "10", "all-told": ["PLAN_TARGET"], "all-is_on": "on"}
    assert entered(ALICE).send(PAGE, body).status_code == 302
    row = ReminderSettings.objects.get()
    assert (row.lead_days, set(row.muted)) == (10, set(sources) - {"PLAN_TARGET"})
    assert not ReminderPreference.objects.exists()


@pytest.mark.parametrize("person", [TOM, AUDREY], ids=lambda one: one.name)
def test_nobody_else_does(acme, person):
    body = {"all": "1", "all-lead_days": "10"}
    admin_client = entered(person)
    assert "tout l’organisme" not in text_of(admin_client.get(PAGE))
    assert admin_client.send(PAGE, body).status_code == 400
    assert not ReminderSettings.objects.exists()


@pytest.fixture
def link(acme):
    tom = User.objects.get(pk=TOM.id)
    return unsubscribe_link(tom).partition("8000")[2]


def test_one_click_ends_them_without_login_or_token(link):
    """As a mail program posts it: nothing of ours but the link. Source: RFC 8058."""
    nobody = Client(None)
    for _ in range(2):
        answer = nobody.post(link, {"List-Unsubscribe": "One-Click"}, format="multipart")
        assert answer.status_code == 200
        assert "Vous ne recevrez plus de rappels" in text_of(answer)
    assert not ReminderPreference.objects.get(user=TOM.id).is_on
    entries = AuditEvent.objects.filter(action="followup.preference.unsubscribed")
    assert entries.count() == 1


def test_looking_at_the_link_changes_nothing(link):
    answer = Client(None).get(link)
    assert "Ne plus les recevoir" in text_of(answer)
    assert not ReminderPreference.objects.exists()


def test_a_link_ends_with_the_address(link):
    User.objects.filter(pk=TOM.id).update(email="tom@ailleurs.fr")
    for method in ("get", "post"):
        assert getattr(Client(None), method)(link).status_code == 404
    assert Client(None).get(f"{link}x").status_code == 404


def test_the_mail_carries_the_link_and_its_thread(acme, mails):
    make_plan(owner_id=TOM.id, title="Accueil", target_date=timezone.localdate())
    ReminderPreference.objects.create(user_id=TOM.id, language="en")
    queue_digests(timezone.localdate())
    [mail] = mails()
    headers = mail.message()
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<(\S+/links/reminders/\S+)>", headers["List-Unsubscribe"])
    assert found
    assert found[1] in mail.body
    assert headers["References"] == headers["In-Reply-To"]
    assert f"reminders.{acme.pk}.{TOM.id}@" in headers["References"]
    assert mail.subject == "To do: 1 due soon"
    assert "Here is what you have to do." in mail.body
    page, kind = mail.alternatives[0]
    assert kind == "text/html"
    assert 'lang="en"' in page
    assert "http://acme.localhost:8000/admin/me/" in page
