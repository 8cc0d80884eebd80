"""The platform's own pages, on the bare host."""

import pytest

from qualiforma.accounts import services as accounts
from qualiforma.jobs.services import list_jobs
from qualiforma.tenants.context import inside_platform
from tests.cast import PASSWORD
from tests.staff import Desk, text_of

LIST = "/admin/tenants/tenant/"


def operator(role="ADMIN"):
    with inside_platform():
        accounts.create_user(
            email=f"{role}@ops.fr".lower(), name="Op", role=role, password=PASSWORD
        )
    desk = Desk("localhost")
    body = {"username": f"{role}@ops.fr", "password": PASSWORD}
    assert desk.send("/admin/login/", body).status_code == 302
    return desk


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
    assert "tenants.provision" in text_of(ops.get("/admin/"))


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
    assert "Suspension – Acme En attente" in text_of(answer)
    assert ("tenants.set_status", "waiting") in queued()
    acme.refresh_from_db()
    assert acme.status == "ACTIVE"  # the worker has not run


def test_an_auditor_of_the_platform_asks_for_nothing(acme):
    desk = operator("AUDITOR")
    assert "acme" in text_of(desk.get(LIST))
    assert desk.send(f"{LIST}add/", {"name": "X", "slug": "xx"}).status_code == 403
    for ask in ("suspend", "add-domain"):
        assert desk.send(f"{LIST}{acme.pk}/ask/{ask}/", {"reason": "x"}).status_code == 403
    assert queued() == []


def test_no_tenants_record_has_a_page_here(ops):
    for path in ("improvements/improvementplan/", "improvements/complaint/"):
        assert ops.get(f"/admin/{path}").status_code == 404
    assert Desk().get(LIST).status_code in {302, 404}
