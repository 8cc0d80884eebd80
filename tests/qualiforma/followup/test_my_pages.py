"""`/admin/me/`: one's own work for every role, and nothing else for those who are not of the staff."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from actionplans.models import Assignment, Note
from actionplans.states import State
from compliance.models import Evidence
from improvements.states import ActionStatus, PlanStatus
from qualiforma.accounts import services as accounts
from qualiforma.audit.models import AuditEvent
from qualiforma.tenants.context import platform_context, tenant_context
from tests.actionplans.factories import make_action as make_plan_action
from tests.actionplans.factories import make_plan as make_action_plan
from tests.admin_client import AdminClient, entered, text_of
from tests.cast import ALICE, AUDREY, BOB, MONA, PASSWORD, TOM, TWIN
from tests.files import PDF
from tests.improvements.factories import make_action, make_plan

HOME = "/admin/me/"
ACTION = f"{HOME}IMPROVEMENT_PLAN/act_toms/"


@pytest.fixture
def action(acme):
    plan = make_plan(title="Accueil", status=PlanStatus.IN_PROGRESS, indicators=[17, 32])
    return make_action(plan, id="act_toms", owner_id=TOM.id, due_date=timezone.localdate())


@pytest.mark.parametrize("person", [ALICE, AUDREY, MONA, TOM, BOB], ids=lambda one: one.name)
def test_everybody_has_the_page(acme, person):
    answer = entered(person).get(HOME)
    assert answer.status_code == 200
    assert "vous êtes à jour" in text_of(answer)


@pytest.mark.parametrize("person", [MONA, TOM, BOB], ids=lambda one: one.name)
def test_a_login_leads_others_than_the_staff_there_alone(acme, person):
    body = {"username": person.email, "password": PASSWORD, "next": "/admin/audit/auditevent/"}
    admin_client = AdminClient()
    assert admin_client.send("/admin/login/", body)["Location"] == HOME
    assert admin_client.get("/admin/")["Location"] == HOME
    assert admin_client.get("/admin/login/")["Location"] == HOME


def test_a_link_of_a_mail_leads_to_the_login_and_back(action):
    admin_client = AdminClient()
    login = admin_client.get(ACTION)["Location"]
    assert login == f"/admin/login/?next={ACTION}"
    body = {"username": TOM.email, "password": PASSWORD, "next": ACTION}
    assert admin_client.send("/admin/login/", body)["Location"] == ACTION
    assert "Rédiger le livret" in text_of(admin_client.get(ACTION))


def addresses(patterns, prefix="/admin/"):
    for one in patterns:
        part = str(one.pattern)
        part = re.sub(r"<(?:\w+:)?\w+>", "x", part)
        part = re.sub(r"\(\?P<\w+>[^)]*\)|[\^$]", lambda m: "x" if m[0][0] == "(" else "", part)
        if isinstance(one, URLPattern):
            yield prefix + part.replace("\\Z", ""), one.name
        else:
            yield from addresses(one.url_patterns, prefix + part)


def pages():
    [admin] = [
        one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "admin"
    ]
    return list(addresses(getattr(admin, "url_patterns", [])))


OPEN = {
    "logo",
    "me",
    "me_item",
    "index",
    "login",
    "logout",
    "language",
    "calendars",
    "password_forgotten",
}


@pytest.mark.parametrize("person", [MONA, TOM, BOB], ids=lambda one: one.name)
@pytest.mark.parametrize("method", ["get", "send"])
def test_every_other_page_refuses_them(acme, person, method):
    admin_client = entered(person)
    found = pages()
    assert len(found) > 100
    for address, name in found:
        if name not in OPEN and not (name or "").startswith("me_"):
            assert getattr(admin_client, method)(address).status_code == 403, (address, name)


def test_anonymous_users_see_nothing(action):
    for address, name in pages():
        answer = AdminClient().get(address)
        if name not in {"login", "logo", "language", "password_forgotten"}:
            assert answer.status_code in {302, 403}, address
            assert "livret" not in answer.content.decode()


def test_the_list_shows_what_is_ones_own(action, globex):
    make_action(action.plan, owner_id=MONA.id, description="Celle de Mona")
    with tenant_context(globex):
        make_action(make_plan(owner_id=TWIN.id), owner_id=TWIN.id, description="Globex")
    text = text_of(entered(TOM).get(HOME))
    assert "Rédiger le livret d’accueil" in text
    assert "Accueil" in text
    assert "Celle de Mona" not in text
    assert "Globex" not in text
    assert "Cette semaine" in text


@pytest.mark.parametrize("page", ["9" * 5000, "0" * 5000 + "2", "²", "-1", "x"])
def test_any_page_is_answered(action, page):
    answer = entered(MONA).get(HOME, {"page": page})
    assert answer.status_code == 200


def test_each_legal_move_has_its_button(action):
    page = entered(TOM).get(ACTION).content.decode()
    values = re.findall(r'<button[^>]*name="target" value="(\w*)"', page)
    assert values == ["IN_PROGRESS", "DONE", "CANCELLED", ""]


def test_what_leads_on_comes_first(action):
    type(action).objects.update(status=ActionStatus.IN_PROGRESS)
    page = entered(TOM).get(ACTION).content.decode()
    assert re.findall(r'name="target" value="(\w+)"', page) == ["DONE", "CANCELLED", "TODO"]


def test_a_late_part_is_done_rather_than_cancelled(acme):
    yesterday = timezone.localdate() - timedelta(days=1)
    made = make_plan_action(make_action_plan(), {MONA.id: State.IN_PROGRESS}, due_date=yesterday)
    page = entered(MONA).get(f"{HOME}ACTION_PLAN/{made.pk}/").content.decode()
    assert re.findall(r'name="target" value="(\w+)"', page) == ["COMPLETED", "CANCELLED"]


def test_what_was_done_is_kept_with_its_file_in_one_step(action):
    admin_client = entered(TOM)
    file = SimpleUploadedFile("photo.pdf", PDF, "application/pdf")
    answer = admin_client.send(ACTION, {"target": "DONE", "text": "Livret imprimé.", "file": file})
    assert (answer.status_code, answer["Location"]) == (302, HOME)
    action.refresh_from_db()
    assert action.status == ActionStatus.DONE
    evidence = Evidence.objects.get()
    assert (evidence.record_type, evidence.record_id) == ("CORRECTIVE_ACTION", "act_toms")
    assert (evidence.kind, evidence.indicators) == ("FILE", [17, 32])
    assert (evidence.owner_id, evidence.description) == (TOM.id, "Livret imprimé.")
    assert evidence.versions.get().name == "photo.pdf"
    entries = AuditEvent.objects.filter(actor=TOM.id)
    assert {"compliance.evidence.added", "improvements.action.changed"} <= {
        one.action for one in entries
    }
    assert "C’est noté : « Terminée »" in text_of(admin_client.get(HOME))
    assert "Fait : Rédiger le livret" in text_of(admin_client.get(ACTION))


def test_a_text_alone_is_a_statement(action):
    answer = entered(TOM).send(ACTION, {"target": "", "text": "Relecture finie."})
    assert answer["Location"] == ACTION
    assert Evidence.objects.get().kind == "STATEMENT"
    action.refresh_from_db()
    assert action.status == ActionStatus.TODO


def test_what_is_written_with_a_cancellation_is_its_reason(action):
    tom = entered(TOM)
    assert "Pour une annulation" in text_of(tom.get(ACTION))
    assert tom.send(ACTION, {"target": "CANCELLED", "text": "Salle fermée."}).status_code == 302
    action.refresh_from_db()
    assert (action.status, action.reason) == (ActionStatus.CANCELLED, "Salle fermée.")
    assert not Evidence.objects.exists()


def test_a_learner_says_why_and_nothing_else(acme):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    mine = make_action(plan, id="act_bobs", owner_id=BOB.id)
    bob, page = entered(BOB), f"{HOME}IMPROVEMENT_PLAN/act_bobs/"
    assert bob.send(page, {"target": "DONE", "text": "Fait"}).status_code == 400
    assert bob.send(page, {"target": "CANCELLED", "text": "Trop tard"}).status_code == 302
    mine.refresh_from_db()
    assert (mine.status, mine.reason) == (ActionStatus.CANCELLED, "Trop tard")


def test_a_refused_file_changes_nothing(action):
    file = SimpleUploadedFile("photo.pdf", b"MZ no picture", "application/pdf")
    answer = entered(TOM).send(ACTION, {"target": "DONE", "text": "Fait.", "file": file})
    assert answer.status_code == 400
    assert "n’est pas admis" in text_of(answer)
    action.refresh_from_db()
    assert (action.status, Evidence.objects.count()) == (ActionStatus.TODO, 0)


def test_nothing_said_is_asked_for(action):
    answer = entered(TOM).send(ACTION, {"target": ""})
    assert answer.status_code == 400
    assert "Dites ce qui a été fait" in text_of(answer)
    assert entered(TOM).send(ACTION, {"target": "EXPIRED"}).status_code == 400


def test_a_plan_closed_meanwhile_is_seen_and_not_moved(action):
    plan = action.plan
    plan.status = PlanStatus.ARCHIVED
    plan.save()
    admin_client = entered(TOM)
    assert 'value="DONE"' not in admin_client.get(ACTION).content.decode()
    assert admin_client.send(ACTION, {"target": "DONE"}).status_code == 400


def test_anothers_action_is_no_page(action):
    assert entered(MONA).get(ACTION).status_code == 404
    assert entered(MONA).send(ACTION, {"target": "DONE"}).status_code == 404
    assert entered(TOM).get(f"{HOME}OTHER/act_toms/").status_code == 404


def test_a_part_of_an_action_plan_writes_its_log(acme):
    plan = make_action_plan(title="Mieux accueillir")
    made = make_plan_action(plan, {MONA.id: State.PENDING}, title="Visite")
    page = f"{HOME}ACTION_PLAN/{made.pk}/"
    answer = entered(MONA).send(page, {"target": "COMPLETED", "text": "Visite faite."})
    assert answer.status_code == 302
    assert Note.objects.get(action=made).text == "Visite faite."
    assert Assignment.objects.get(action=made).base_status == State.COMPLETED
    assert not Evidence.objects.exists()


def test_a_learner_moves_without_adding_evidence(acme):
    make_action(make_plan(), id="act_bobs", owner_id=BOB.id)
    page = f"{HOME}IMPROVEMENT_PLAN/act_bobs/"
    admin_client = entered(BOB)
    assert "Photo ou document" not in text_of(admin_client.get(page))
    assert admin_client.send(page, {"target": "DONE"}).status_code == 302
    assert not Evidence.objects.exists()


def test_it_is_whole_in_english(action):
    admin_client = entered(TOM, language="en")
    text = text_of(admin_client.get(HOME)) + text_of(admin_client.get(ACTION))
    assert "My actions" in text
    assert "What was done" in text
    assert "This week" in text


def test_logging_out_ends_it(action):
    admin_client = entered(TOM)
    admin_client.get(HOME)
    assert admin_client.send("/admin/logout/").status_code == 302
    assert admin_client.get(HOME).status_code == 302


def test_the_platform_has_no_such_page(acme):
    with platform_context():
        accounts.create_user(email=ALICE.email, name="Opérateur", role="ADMIN", password=PASSWORD)
    admin_client = AdminClient("localhost")
    admin_client.log_in(ALICE)
    assert admin_client.get(HOME).status_code == 404


def test_the_home_page_counts_ones_own_work(action):
    assert "Mes actions" not in text_of(entered(ALICE).get("/admin/"))
    make_action(action.plan, owner_id=ALICE.id, due_date=timezone.localdate() - timedelta(days=1))
    panel = text_of(entered(ALICE).get("/admin/")).partition("Mes actions")[2]
    assert panel.startswith(" 1 1 en retard")
