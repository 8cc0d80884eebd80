"""The trail under `/admin/`: read by ADMIN and AUDITOR, filtered, exported, verified; changed by nobody."""

import csv
import io
from datetime import date, datetime

import openpyxl
import pytest
from django.contrib.admin.utils import quote

from improvements.services import add_action, create_plan, edit_plan
from improvements.services.inputs import ActionDraft, PlanDraft
from improvements.states import Trigger
from qualiforma import audit, logs
from qualiforma.accounts import services as accounts
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.admin import audit_check, audit_export
from qualiforma.admin import audit_trail as pages
from qualiforma.audit import chain
from qualiforma.audit.models import AuditEvent
from qualiforma.jobs import services as jobs
from qualiforma.spreadsheets import csv_lines
from qualiforma.tenants.context import tenant_context
from tests.admin_client import AdminClient, text_of
from tests.cast import ALICE, AUDREY, MONA, PASSWORD
from tests.committed import committed_tenant
from tests.improvements.factories import make_complaint
from tests.jobs import run_jobs
from tests.qualiforma.audit.entries import clear, last_seq, since
from tests.qualiforma.audit.scratch import owner

LIST = "/admin/audit/auditevent/"
COMPLAINED = "Convocation reçue trop tard"


@pytest.fixture
def alice(acme):
    return Actor.of(User.objects.get(pk=ALICE.id))


@pytest.fixture
def plan(alice):
    draft = PlanDraft("=1+1 délais", Trigger.AUDIT, date(2026, 12, 31), ALICE.id)
    logs.begin(request_id="req_creation")
    plan = create_plan(draft=draft, actor=alice)
    logs.begin(request_id="req_change")
    edit_plan(plan=plan, changes={"title": "Délais tenus", "owner": MONA.id}, actor=alice)
    return plan


def entries(answer):
    return text_of(answer).split(" Chercher ")[-1]


@pytest.mark.parametrize("reader", ["admin_client", "auditor_client"])
def test_it_is_read(request, plan, reader):
    answer = request.getfixturevalue(reader).get(LIST)
    assert "Alice Durand a créé le plan" in entries(answer)
    assert "Plan d’amélioration" in entries(answer)
    assert chain.head()[1] in text_of(answer)
    seq = since(0, object_id=plan.pk)[-1].pk
    entry = text_of(request.getfixturevalue(reader).get(f"{LIST}{seq}/change/"))
    assert "Titre : =1+1 délais → Délais tenus" in entry
    assert "req_change" in entry


def test_an_entry_leads_to_the_record_it_is_about(admin_client, acme, plan, alice):
    add_action(plan=plan, draft=ActionDraft("Relire"), actor=alice)
    added = AuditEvent.objects.get(object_type="corrective_action", root_id=plan.pk)
    page = admin_client.get(f"{LIST}{added.pk}/change/").content.decode()
    assert f'href="/admin/improvements/improvementplan/{quote(plan.pk)}/change/"' in page
    with audit.action("audit.trail.exported"):
        audit.log_event("audit_trail")
    assert "Ouvrir la fiche" not in text_of(admin_client.get(f"{LIST}{last_seq()}/change/"))


def test_failed_login_of_unknown_account_has_no_link(admin_client):
    AdminClient().send("/admin/login/", {"username": "personne@exemple.fr", "password": "x"})
    failed = AuditEvent.objects.filter(action="accounts.login.failed").latest("pk")
    assert failed.root_id == ""
    answer = admin_client.get(f"{LIST}{failed.pk}/change/")
    assert answer.status_code == 200
    assert "Ouvrir la fiche" not in text_of(answer)


@pytest.mark.parametrize(
    "odd",
    [
        "page=99999",
        "before=x",
        f"before={'9' * 5000}",
        "door=x&actor=x",
        "until=9999-12-31",
        "since=31/31/2026",
        "object_id=%27%3B--",
    ],
)
def test_odd_filters_are_no_crash(admin_client, plan, odd):
    assert admin_client.get(f"{LIST}?{odd}").status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("action=improvements.plan.edited", {"edited"}),
        ("object_type=improvement_plan", {"created", "edited"}),
        ("object_id={plan}", {"created", "edited"}),
        ("q=TENUS", {"edited"}),
        ("q=delais+durand", {"created", "edited"}),
        ("q=req_creation", {"created"}),
        ("q=a+modifie", {"edited"}),
        ("q=introuvable", set()),
        ("actor=usr_mona", set()),
        ("actor=usr_alice&door=api", set()),
        ("since=2020-01-01&until=2020-12-31", set()),
        ("since=2020-01-01&object_id={plan}", {"created", "edited"}),
    ],
)
def test_it_is_filtered(admin_client, plan, query, found):
    text = entries(admin_client.get(f"{LIST}?{query.format(plan=plan.pk)}"))
    said = {"created": "a créé le plan", "edited": "a modifié le plan"}
    assert {one for one, sentence in said.items() if sentence in text} == found


@pytest.mark.parametrize("query", ["since=demain", "action=x", "since=2026-02-01&until=2026-01-01"])
def test_a_malformed_filter_is_named_and_finds_nothing(admin_client, plan, query):
    answer = admin_client.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    assert "text-red-600" in answer.content.decode()
    assert "Aucune entrée ne correspond" in text_of(answer)
    assert admin_client.send(f"{LIST}export/csv/?{query}").status_code == 302


def test_pages_follow_one_another_without_a_gap(admin_client, plan, alice, monkeypatch):
    monkeypatch.setattr(pages, "PER_PAGE", 3)
    for rank in range(7):
        edit_plan(plan=plan, changes={"title": f"Titre {rank}"}, actor=alice)
    seen, query = [], f"object_id={plan.pk}"
    while query:
        page = admin_client.get(f"{LIST}?{query}").content.decode()
        seen += [
            int(part.split("/")[0]) for part in page.split(f'href="{LIST}')[1:] if part[0].isdigit()
        ]
        older = page.split(f"?object_id={plan.pk}&amp;before=")[1:]
        query = f"object_id={plan.pk}&before={older[0].split(chr(34))[0]}" if older else ""
    assert seen == [one.pk for one in reversed(since(0, object_id=plan.pk))]


def test_a_list_costs_the_same_however_long_the_trail_is(admin_client, alice, count_queries):
    def fill(count):
        for _ in range(count):
            make_complaint()

    fill(pages.PER_PAGE + 20)
    admin_client.get(LIST)  # whatever is remembered for half a minute
    few = count_queries(lambda: admin_client.get(LIST))
    fill(500)
    admin_client.get(LIST)
    assert count_queries(lambda: admin_client.get(LIST)) == few


def test_a_password_is_shown_nowhere(admin_client, alice):
    user = accounts.create_user(email="n@acme.fr", name="Nora", role="AUDITOR", password=PASSWORD)
    seq = since(0, object_id=user.pk)[0].pk
    entry = text_of(admin_client.get(f"{LIST}{seq}/change/"))
    assert "Mot de passe : valeur non conservée" in entry
    assert "argon2" not in entry
    body = b"".join(
        admin_client.send(f"{LIST}export/csv/?object_id={user.pk}").streaming_content
    ).decode()
    assert "valeur non conservée" in body
    assert "argon2" not in body


# --- Export


def test_a_csv_holds_what_the_list_shows_and_runs_no_formula(admin_client, plan, globex):
    make_complaint(subject="=HYPERLINK(0)")
    answer = admin_client.send(f"{LIST}export/csv/?object_id={plan.pk}")
    with tenant_context(
        globex
    ):  # a server sends it once the request, and the schema with it, is left
        text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeffSéquence;")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert [row["Phrase"] for row in rows] == [
        "Alice Durand a modifié le plan",
        "Alice Durand a créé le plan",
    ]
    assert datetime.fromisoformat(rows[0]["Date et heure"]).tzinfo
    assert "Titre : =1+1 délais → Délais tenus" in rows[0]["Changements"]
    for value in ("=1", "+1", "-1", "@x", "\tx"):
        assert f"'{value}" in "".join(csv_lines(["a"], [[value]]))


def test_a_workbook_has_real_dates_and_texts_only(admin_client, plan):
    answer = admin_client.send(f"{LIST}export/xlsx/?object_id={plan.pk}")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = book["Journal"]
    facts = {row[0].value: row[1].value for row in book["Export"].iter_rows()}
    assert isinstance(sheet["B2"].value, datetime)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:N3")
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {
        "s",
        "inlineStr",
        "n",
        "d",
    }
    assert facts["Organisme"] == "Acme"
    assert (facts["Entrées"], facts["Filtre : object_id"]) == (sheet.max_row - 1, plan.pk)


def test_an_export_is_an_entry_of_the_trail(auditor_client, plan):
    seq = last_seq()
    answer = auditor_client.send(f"{LIST}export/csv/?object_id={plan.pk}")
    b"".join(answer.streaming_content)  # to its end, which closes the file
    (entry,) = since(seq)
    assert (entry.action, entry.actor, entry.door) == ("audit.trail.exported", AUDREY.id, "admin")
    said = clear(entry)
    assert (said["after.rows"], said["after.format"]) == (2, "csv")
    assert said["after.filters"] == {"object_id": plan.pk}
    assert said["after.seq"] == seq


def test_too_much_for_a_sheet_is_refused_and_not_cut(admin_client, plan, monkeypatch):
    monkeypatch.setattr(pages, "DIRECT_ROWS", 0)
    monkeypatch.setattr(audit_export, "SHEET_ROWS", 1)
    seq = last_seq()
    answer = admin_client.send(f"{LIST}export/xlsx/?object_id={plan.pk}")
    assert answer.status_code == 409
    assert "Plus de 1 entrées correspondent à ces filtres" in text_of(answer)
    assert last_seq() == seq


# --- Verification


def test_a_short_chain_is_verified_at_once_and_the_outcome_kept(admin_client, plan):
    seq = last_seq()
    told = text_of(admin_client.send(f"{LIST}verify/", follow=True))
    assert f"Le journal est intact jusqu’à l’entrée {seq}." in told
    assert f"Intact jusqu’à l’entrée {seq}, le" in told
    assert AuditEvent.objects.get(pk=seq).hash in told
    assert [one.action for one in since(seq)] == ["audit.trail.verified"]


def test_a_long_chain_is_verified_by_a_worker(auditor_client, plan, monkeypatch):
    monkeypatch.setattr(audit_check, "DIRECT_ENTRIES", 0)
    monkeypatch.setattr(audit_check, "STEP_SECONDS", 0)  # a step for each entry
    seq = last_seq()
    told = text_of(auditor_client.send(f"{LIST}verify/", follow=True))
    assert f"Vérification en cours 0 / {seq}" in told
    auditor_client.send(f"{LIST}verify/")  # again: it is the same one
    assert [job.name for job in jobs.list_jobs()] == ["audit.check_chain"]
    state = auditor_client.get(f"{LIST}verify/state/").json()
    assert state == {"running": True, "done": 0, "total": seq}
    run_jobs()
    assert auditor_client.get(f"{LIST}verify/state/").json()["running"] is False
    assert f"Intact jusqu’à l’entrée {seq}, le" in text_of(auditor_client.get(LIST))
    assert [(one.action, one.actor) for one in since(seq)] == [("audit.trail.verified", AUDREY.id)]


@pytest.fixture
def broken(django_db_setup, django_db_blocker):
    """A tenant really committed, in whose trail the owner changed an entry."""
    with django_db_blocker.unblock(), committed_tenant("broken") as tenant:
        with tenant_context(tenant):
            accounts.create_user(email="a@x.fr", name="A", role="ADMIN", password=PASSWORD)
        with owner(tenant.schema_name) as connection:
            connection.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
            connection.execute("UPDATE audit_event SET actor = 'usr_x' WHERE seq = 2")
        yield tenant


@pytest.mark.parametrize("is_long", [False, True])
def test_a_broken_chain_is_named_and_never_called_intact(broken, is_long, monkeypatch):
    admin_client = AdminClient(host=f"{broken.slug}.localhost")
    admin_client.send("/admin/login/", {"username": "a@x.fr", "password": PASSWORD})
    if is_long:
        monkeypatch.setattr(audit_check, "DIRECT_ENTRIES", 0)
    told = text_of(admin_client.send(f"{LIST}verify/", follow=True))
    if is_long:
        with tenant_context(broken):
            run_jobs()
        told = text_of(admin_client.get(LIST))
    assert "Altéré à l’entrée 2" in told
    assert "actor is not what was sealed" in told
    assert "intact" not in told.split("Filtres")[0]


# --- Who, and what not


def test_nobody_else_and_no_other_tenant(acme, globex, plan):
    admin_client = AdminClient()
    admin_client.log_in(MONA)
    for path in ("", "1/change/", "verify/state/"):
        assert admin_client.get(LIST + path).status_code == 403
    for path in ("export/csv/", "verify/"):
        assert admin_client.send(LIST + path).status_code == 403
    with tenant_context(globex), audit.action("audit.trail.exported"):
        audit.log_event("audit_trail", secret="de Globex")
    alice = AdminClient()
    alice.log_in(ALICE)
    assert "Globex" not in text_of(alice.get(f"{LIST}?q=globex")).split(" Chercher ")[-1]


@pytest.mark.parametrize("reader", ["admin_client", "auditor_client"])
def test_hand_made_posts_change_nothing(request, plan, reader):
    admin_client, seq = request.getfixturevalue(reader), last_seq()
    before = list(AuditEvent.objects.values())
    for path in ("", "1/change/", "1/delete/", "add/"):
        body = {"action": "delete_selected", "_selected_action": "1", "post": "yes", "actor": "x"}
        assert admin_client.send(LIST + path, body).status_code == 403, path
    for path in ("export/csv/", "verify/"):
        assert admin_client.get(LIST + path).status_code == 403, path
    assert list(AuditEvent.objects.values()) == before
    assert last_seq() == seq
