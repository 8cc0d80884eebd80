"""A new organisation: its first steps, its name at the login, forgotten passwords, its first ADMIN."""

import pytest

from compliance.models import OrganisationProfile
from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from qualiforma.tenants.context import tenant_context
from tests.admin_client import AdminClient, text_of
from tests.cast import ALICE
from tests.improvements.factories import make_complaint
from tests.qualiforma.admin.test_platform_pages import operator
from tests.qualiforma.training.factories import make_course, make_enrollment, make_session

pytestmark = pytest.mark.django_db
FORGOTTEN = "/admin/password_forgotten/"


def test_the_steps_go_as_they_are_done(acme, admin_client, auditor_client):
    text = text_of(admin_client.get("/admin/"))
    assert "encore 5 étapes" in text  # people there are
    assert "Inviter les personnes – fait" in text
    for step in ("Décrire votre organisme", "Ajouter les formations", "Noter une première"):
        assert step in text
    assert "Pour bien commencer" not in text_of(auditor_client.get("/admin/"))
    OrganisationProfile.objects.create(categories=["AF"])
    course = make_course()
    make_session(course)
    make_enrollment(course=course)
    text = text_of(admin_client.get("/admin/"))
    assert "encore 1 étape" in text
    assert "Ajouter les formations – fait" in text
    make_complaint()
    assert "Pour bien commencer" not in text_of(admin_client.get("/admin/"))


def test_each_step_leads_to_a_page(acme, admin_client):
    panels = dict(admin_client.get("/admin/").context_data["first_panels"])
    for line in panels["backoffice/onboarding.html"]["lines"]:
        for address in filter(None, (line["page"], line["file"])):
            assert admin_client.get(address).status_code == 200, address


def test_the_login_has_the_organisations_name(acme):
    page = AdminClient().get("/admin/login/")
    assert "Acme" in text_of(page)
    assert FORGOTTEN in page.content.decode()


def test_a_forgotten_password_is_chosen_again_by_mail(acme, mails):
    stranger = AdminClient()
    assert stranger.get(FORGOTTEN).status_code == 200
    known = text_of(stranger.send(FORGOTTEN, {"email": ALICE.email}))
    unknown = text_of(stranger.send(FORGOTTEN, {"email": "personne@acme.fr"}))
    assert known == unknown
    assert "un e-mail vient de partir" in known
    [mail] = mails()
    assert mail.to == [ALICE.email]
    assert "/links/password/" in mail.body


def test_the_platform_invites_the_first_administrator(acme, mails):
    platform_client = operator()
    address = f"/admin/tenants/tenant/{acme.pk}/ask/invite-admin/"
    assert "Inviter un responsable qualité" in text_of(platform_client.get(address))
    given = {"name": "Anne Le Goff", "email": "anne@acme.fr"}
    assert platform_client.send(address, given).status_code == 302
    with tenant_context(acme):
        user = User.objects.get(email="anne@acme.fr")
        assert (user.role, user.has_usable_password()) == ("ADMIN", False)
        event = AuditEvent.objects.filter(action="accounts.user.invited").latest("seq")
        assert event.object_id == user.pk
    assert [mail.to for mail in mails()] == [["anne@acme.fr"]]
    again = platform_client.send(address, given)
    assert again.status_code == 400
