"""The platform's own pages, on the bare host."""

import re

import psycopg
import pytest

from qualiforma.accounts import services as accounts
from qualiforma.audit.models import AuditEvent
from qualiforma.errors import InvalidFieldsError
from qualiforma.jobs.runner import GiveUpError
from qualiforma.jobs.runner import run as run_order
from qualiforma.jobs.services import drop_job, ids_of, list_jobs
from qualiforma.provisioning.jobs import provision
from qualiforma.tenants.context import platform_context
from qualiforma.tenants.owner import owner_address
from tests.admin_client import AdminClient, text_of
from tests.cast import PASSWORD
from tests.qualiforma.jobs.test_queue import set_job

LIST = "/admin/tenants/tenant/"
AUDIT = "/admin/audit/auditevent/"


def operator(role="ADMIN"):
    with platform_context():
        accounts.create_user(
            email=f"{role}@ops.fr".lower(), name="Op", role=role, password=PASSWORD
        )
    admin_client = AdminClient("localhost")
    body = {"username": f"{role}@ops.fr", "password": PASSWORD}
    assert admin_client.send("/admin/login/", body).status_code == 302
    return admin_client


@pytest.fixture
def ops(acme):
    return operator()


def queued():
    return [(job.name, job.state) for job in list_jobs()]


def test_the_list_names_every_organisation(ops):
    text = text_of(ops.get(LIST))
    assert "acme.localhost" in text
    assert "Globex" in text


def test_an_organisation_is_asked_for(ops):
    answer = ops.send(
        f"{LIST}add/", {"name": "Initech", "slug": "initech", "domain": ""}, follow=True
    )
    assert "La création de « Initech » est demandée" in text_of(answer)
    assert ("tenants.provision", "waiting") in queued()
    assert "tenants.provision Création – initech" in text_of(ops.get("/admin/"))


def test_a_creation_is_followed_to_its_end(ops, acme):
    """Page and fragment say the same, the fragment is what the script asks for."""
    answer = ops.send(f"{LIST}add/", {"name": "Initech", "slug": "initech"}, follow=True)
    [(page, _code)] = answer.redirect_chain
    [job] = list_jobs()
    assert page == f"{LIST}requests/{job.id}/initech/"
    for address in (page, f"{page}?live"):
        assert "Demandée, en attente" in text_of(ops.get(address))
        assert b"data-qf-pending" in ops.get(address).content
    assert "Création – Initech – initech En attente" in text_of(ops.get(LIST))
    set_job(job.id, status="doing")
    assert "Création en cours" in text_of(ops.get(f"{page}?live"))
    set_job(job.id, status="failed")
    run = provision.order(job.id, {"ids": ids_of([job.id])[job.id] | {"slug": "admin"}}, print)
    with pytest.raises(GiveUpError):
        run_order(run)
    for address in (page, f"{page}?live", LIST, f"{LIST}requests/"):
        text = text_of(ops.get(address))
        assert f"Cause : {InvalidFieldsError.title}" in text
        assert b"data-qf-pending" not in ops.get(address).content
    ops.send("/admin/jobs/act/", {"retry": job.id, "next": page})
    assert "Demandée, en attente" in text_of(ops.get(page))
    drop_job(job.id)
    assert "n’est plus dans la file" in text_of(ops.get(page))
    made = page.replace("initech", "acme")
    assert "L’organisme est prêt" in text_of(ops.get(made))


def test_suspending_needs_a_reason_and_an_open_organisation(ops, acme):
    address = f"{LIST}{acme.pk}/ask/suspend/"
    answer = ops.send(address, {"reason": "  "})
    assert (answer.status_code, "Indiquez un motif." in text_of(answer)) == (400, True)
    assert ops.send(f"{LIST}{acme.pk}/ask/resume/", {"reason": "x"}).status_code == 409
    assert ops.post(address, {"reason": "x"}).status_code == 403  # without the token
    assert ops.send(f"{LIST}tnt_no/ask/suspend/", {"reason": "x"}).status_code == 404
    assert ops.send(f"{LIST}{acme.pk}/ask/burn/", {"reason": "x"}).status_code == 404
    assert queued() == []
    ops.send(address, {"reason": "Impayé"})
    with platform_context():
        told = AuditEvent.objects.get(action="tenants.tenant.change_requested")
    assert (told.door, told.object_id, "Impayé" in str(told.clear)) == ("admin", acme.pk, True)
    [job] = list_jobs()
    assert ids_of([job.id])[job.id] == {
        "name": acme.pk,
        "status": "SUSPENDED",
        "asked": str(told.seq),
    }


def test_domains_are_asked_for_or_refused_in_words(ops, acme):
    page = f"{LIST}{acme.pk}/"
    for ask, host, code, said in (
        ("add-domain", "a b", 400, "Indiquez un nom d’hôte"),
        ("add-domain", "globex.localhost", 409, "est déjà pris"),
        ("remove-domain", "acme.localhost", 409, "seul domaine"),
        ("remove-domain", "globex.localhost", 404, "n’a pas le domaine"),
        ("primary", "globex.localhost", 404, "n’a pas le domaine"),
    ):
        answer = ops.send(f"{page}ask/{ask}/", {"domain": host})
        assert (answer.status_code, said in text_of(answer)) == (code, True)
    assert queued() == []
    text = text_of(ops.send(f"{page}ask/add-domain/", {"domain": "Q.acme.fr"}, follow=True))
    assert "Ajout d’un domaine – Acme – q.acme.fr En attente" in text
    assert ("tenants.add_domain", "waiting") in queued()


def sql_as_owner(statement):
    """Beside the test's own transaction, which may not write what all share."""
    with psycopg.connect(**owner_address(), autocommit=True) as own:
        own.execute(statement)


@pytest.fixture
def organisations(acme):
    def make(numbers):
        sql_as_owner(
            "INSERT INTO public.tenants_tenant (id, schema_name, slug, name, plan, branding,"
            " features, storage_prefix, status, created_at) SELECT 'tnt_many' || n, 't_many' || n,"
            " 'many' || n, 'Étude ' || n, 'standard', '{}', '{}', 'many' || n,"
            f" CASE WHEN n = 7 THEN 'DELETING' ELSE 'ACTIVE' END, now() FROM {numbers} n"
        )
        sql_as_owner(
            "INSERT INTO public.tenants_domain (id, domain, is_primary, tenant_id) SELECT"
            f" 'dom_many' || n, 'host' || n || '.fr', true, 'tnt_many' || n FROM {numbers} n"
        )

    yield make
    sql_as_owner("DELETE FROM public.tenants_domain WHERE id LIKE 'dom_many%'")
    sql_as_owner("DELETE FROM public.tenants_tenant WHERE id LIKE 'tnt_many%'")


def test_many_organisations_cost_no_more_queries(ops, organisations, count_queries):
    organisations("generate_series(1, 20)")
    few = count_queries(lambda: ops.get(LIST))
    deleting = text_of(ops.get(f"{LIST}tnt_many7/change/"))
    assert "Suppression en cours" in deleting
    assert "elle ne peut plus être annulée" in deleting
    assert "Suspendre" not in deleting
    assert ops.send(f"{LIST}tnt_many7/ask/suspend/", {"reason": "x"}).status_code == 409
    organisations("generate_series(21, 2000)")
    assert count_queries(lambda: ops.get(LIST)) == few
    assert "many7 " in text_of(ops.get(f"{LIST}?status__exact=DELETING"))
    assert "many9 " not in text_of(ops.get(f"{LIST}?status__exact=DELETING"))
    for words in ("host1234", "ETUDE 1234", "many1234"):
        text = text_of(ops.get(f"{LIST}?q={words}"))
        assert ("many1234 " in text, "many1233 " in text) == (True, False)
    ordered = text_of(ops.get(f"{LIST}?o=1"))
    assert ordered.index("acme.localhost") < ordered.index("globex.localhost")
    assert "globex.localhost" in ordered
    assert "acme.localhost" not in text_of(ops.get(f"{LIST}?o=-1"))


def test_a_refused_name_is_shown_at_its_field(ops):
    answer = ops.send(f"{LIST}add/", {"name": "X", "slug": "admin"})
    assert answer.status_code == 400
    assert "Ce nom est réservé." in text_of(answer)
    answer = ops.send(f"{LIST}add/", {"name": "X", "slug": "acme"})
    assert answer.status_code == 409
    assert "Le nom court « acme » est déjà pris." in text_of(answer)
    assert queued() == []


def test_suspending_is_asked_of_the_owner(ops, acme):
    answer = ops.send(f"{LIST}{acme.pk}/ask/suspend/", {"reason": "Impayé"}, follow=True)
    assert f"tenants.set_status Suspension – {acme.pk}" in text_of(ops.get("/admin/"))
    assert "Suspension – Acme En attente" in text_of(answer)
    assert ("tenants.set_status", "waiting") in queued()
    acme.refresh_from_db()
    assert acme.status == "ACTIVE"  # the worker has not run


def test_an_auditor_of_the_platform_asks_for_nothing(acme):
    admin_client = operator("AUDITOR")
    assert "acme" in text_of(admin_client.get(LIST))
    assert admin_client.send(f"{LIST}add/", {"name": "X", "slug": "xx"}).status_code == 403
    for ask in ("suspend", "add-domain"):
        assert admin_client.send(f"{LIST}{acme.pk}/ask/{ask}/", {"reason": "x"}).status_code == 403
    assert queued() == []


def test_no_tenants_record_has_a_page_here(ops):
    for path in ("improvements/improvementplan/", "improvements/complaint/"):
        assert ops.get(f"/admin/{path}").status_code == 404
    assert AdminClient().get(LIST).status_code in {302, 404}


def test_the_platform_reads_its_own_trail(ops, acme, as_alice):
    """Its own alone: what happens in an organisation is told there."""
    ops.send(f"{LIST}add/", {"name": "Initech", "slug": "initech"})
    assert "Nom, Offre, Nom court" in text_of(ops.get(f"{AUDIT}?q=initech"))
    for admin_client in (ops, operator("AUDITOR")):
        text = text_of(admin_client.get("/admin/"))
        assert "Journal d’audit" in text
        text = text_of(admin_client.get(f"{AUDIT}?actor=&q=connexion"))
        assert "Connexion de Op" in text
        assert "Alice" not in text
        (entry, *_) = re.findall(rf"{AUDIT}\d+/change/", admin_client.get(AUDIT).content.decode())
        assert "Empreinte précédente" in text_of(admin_client.get(entry))
        assert admin_client.send(entry, {"action": "x"}).status_code == 403
        exported = b"".join(admin_client.send(f"{AUDIT}export/csv/").streaming_content).decode()
        assert "Connexion de Op" in exported
    answer = ops.send(f"{AUDIT}verify/", follow=True)
    assert "Le journal est intact" in text_of(answer)
    with platform_context():
        assert AuditEvent.objects.filter(action="audit.trail.verified").count() == 1
