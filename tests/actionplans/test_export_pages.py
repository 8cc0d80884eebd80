"""Exports under `/admin/`: asked for on a plan's page, listed, sent again."""

import pytest
from django.contrib.messages import get_messages

from actionplans import services
from actionplans.exports.models import PlanExport
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from tests.actionplans.factories import make_action, make_plan
from tests.admin_client import text_of
from tests.cast import ALICE, MONA
from tests.jobs import run_jobs

LIST = "/admin/actionplans/planexport/"


@pytest.fixture
def plan(acme):
    plan = make_plan(title="Accueil", visibility="PUBLIC")
    make_action(plan)
    return plan


@pytest.fixture
def export(plan):
    return services.request_export(plan=plan, actor=Actor(MONA.id, MONA.name, Role.MANAGER))


def said(answer):
    return [str(one) for one in get_messages(answer.wsgi_request)]


def test_a_plans_page_asks_for_its_export(admin_client, plan, mails):
    page = f"/admin/actionplans/actionplan/{plan.pk}/change/"
    assert "Exporter vers Excel" in text_of(admin_client.get(page))
    answer = admin_client.send(f"{LIST}of/{plan.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert [one.to for one in mails()] == [[ALICE.email]]


def test_the_list_shows_where_each_stands(admin_client, export, plan):
    assert "En préparation" in text_of(admin_client.get(LIST))
    run_jobs()
    page = text_of(admin_client.get(LIST))
    assert "Prêt" in page
    assert MONA.name in page
    services.delete_plan(plan=plan, actor=Actor(ALICE.id, ALICE.name, Role.ADMIN))
    assert "Lien expiré" in text_of(admin_client.get(LIST))
    assert "plus rien à envoyer" in text_of(admin_client.get(f"{LIST}{export.pk}/change/"))


def test_what_lost_its_object_before_its_mail_is_not_called_ready(admin_client, export, plan):
    services.make_export(export_id=export.pk)
    services.delete_plan(plan=plan, actor=Actor(ALICE.id, ALICE.name, Role.ADMIN))
    page = text_of(admin_client.get(LIST))
    assert "Sans objet" in page.split("Accueil")[1]


def test_a_link_is_sent_again(admin_client, export, mails):
    assert len(mails()) == 1
    assert "Renvoyer le lien" in text_of(admin_client.get(f"{LIST}{export.pk}/change/"))
    assert admin_client.send(f"{LIST}{export.pk}/resend/").status_code == 302
    assert [one.to for one in mails()] == [[MONA.email]] * 2


def test_what_is_gone_is_refused_in_words(admin_client, export, plan):
    run_jobs()
    services.delete_plan(plan=plan, actor=Actor(ALICE.id, ALICE.name, Role.ADMIN))
    answer = admin_client.send(f"{LIST}{export.pk}/resend/")
    assert "ne peut plus être envoyé" in said(answer)[0]


def test_an_auditor_reads_and_sends_nothing(auditor_client, export, plan, mails):
    assert len(mails()) == 1
    assert auditor_client.get(LIST).status_code == 200
    assert "Renvoyer" not in text_of(auditor_client.get(f"{LIST}{export.pk}/change/"))
    assert auditor_client.send(f"{LIST}{export.pk}/resend/").status_code == 403
    assert auditor_client.send(f"{LIST}of/{plan.pk}/").status_code == 403
    assert auditor_client.send(f"{LIST}add/").status_code == 403
    assert auditor_client.send(f"{LIST}{export.pk}/change/", {"plan_title": "x"}).status_code == 403
    assert (len(mails()), PlanExport.objects.get().plan_title) == (1, "Accueil")


def test_the_list_costs_the_same_for_many(admin_client, plan, export, count_queries):
    few = count_queries(lambda: admin_client.get(LIST))
    for _ in range(10):
        PlanExport.objects.create(
            plan=plan, plan_title="x", requested_by_id=ALICE.id, role="ADMIN", language="fr"
        )
    assert count_queries(lambda: admin_client.get(LIST)) == few
