"""Each mail's link, followed in a real browser from the mail itself to its end."""

import re
import secrets
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone
from openpyxl import load_workbook

from actionplans import services as actionplans
from actionplans.exports.models import PlanExport
from actionplans.jobs import tell_of_failure
from improvements.services import PublicComplaint, receive_public_complaint
from qualiforma.accounts import services as accounts
from qualiforma.accounts.actor import Actor
from qualiforma.exports.jobs import fail_file
from qualiforma.exports.models import FileExport
from qualiforma.exports.services import request_file
from qualiforma.files import tenant_folder
from qualiforma.followup.digests import queue_digests
from qualiforma.ids import new_id
from qualiforma.jobs import services as jobs
from qualiforma.mail import kinds
from qualiforma.stored_files.mails import file_altered
from qualiforma.tenants.context import current_scope, tenant_context
from qualiforma.training.importing.exporter import RECORDS
from qualiforma.webhooks.outcomes import switch_off
from qualiforma.webhooks.services import create_endpoint
from tests.actionplans.factories import make_action, make_plan
from tests.cast import PASSWORD
from tests.chromium import needs_chromium, visit
from tests.committed import committed_tenant
from tests.improvements.factories import make_action as make_corrective_action
from tests.improvements.factories import make_attachment
from tests.improvements.factories import make_plan as make_improvement_plan
from tests.jobs import run_jobs
from tests.live import free_port
from tests.mailbox import Mailbox
from tests.test_pages_browser import log_in

pytestmark = needs_chromium
NEW = "une toute autre phrase"


def slug_of(email):
    """The organisation of somebody here: addresses are `name@slug.fr`."""
    return email.partition("@")[2].removesuffix(".fr")


def cause_invitation(admin):
    accounts.invite_user(
        email=f"zoe@{slug_of(admin.email)}.fr", name="Zoé", role="ADMIN", actor=Actor.of(admin)
    )


def cause_password_reset(admin):
    accounts.request_password_reset(email=admin.email, scope=current_scope(), address="127.0.0.1")


def cause_export(admin):
    plan = make_plan(title="Accueil", created_by_id=admin.pk)
    make_action(plan)
    actionplans.request_export(plan=plan, actor=Actor.of(admin))


def cause_digest(admin):
    yesterday = timezone.localdate() - timedelta(days=1)
    plan = make_improvement_plan(owner_id=admin.pk, title="Accueil", target_date=date(2099, 1, 1))
    make_corrective_action(plan, description="Livret", due_date=yesterday)
    queue_digests(timezone.localdate())


def log_in_and_act(page, mail):
    """By the action's link to the login, back to the action, and done."""
    click_link(page, mail)
    page.wait_for_selector("#id_username")
    page.fill("#id_username", mail["To"])
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_url("**/admin/me/IMPROVEMENT_PLAN/*/")
    assert page.inner_text("h1") == "Livret"
    page.click("button[value=DONE]")
    page.wait_for_url("**/admin/me/")
    assert "C’est noté" in page.inner_text("[role=status]")


def cause_public_complaint(admin):
    given: Any = {"subject": "Froid", "description": "Froid.", "name": "Nadia", "role": "LEARNER"}
    form = PublicComplaint(id=new_id("cmp"), email="nadia@example.org", **given)
    receive_public_complaint(form=form, is_acknowledged=True)


def cause_file(admin):
    options = {"kind": "companies", "format": "csv"}
    actor = Actor.of(admin)
    request_file(kind=RECORDS, title="Entreprises (CSV)", rows=0, options=options, actor=actor)


def cause_failed_export(admin):
    cause_export(admin)
    drop_queued_jobs()
    tell_of_failure.enqueue({"export": PlanExport.objects.get().pk})


def cause_failed_file(admin):
    cause_file(admin)
    drop_queued_jobs()
    fail_file.enqueue({"export": FileExport.objects.get().pk})


def drop_queued_jobs():
    for waiting in jobs.list_jobs():
        jobs.drop_job(waiting.id)


def cause_alteration(admin):
    plan = make_improvement_plan(owner_id=admin.pk)
    key = f"{tenant_folder('improvements', plan.pk)}{new_id('att')}-bilan.pdf"
    file = make_attachment(plan, key=key, name="bilan.pdf", uploaded_by_id=admin.pk)
    file_altered.send(user=admin.pk, file=file.key)


def cause_dead_endpoint(admin):
    endpoint = create_endpoint(
        url="https://si.exemple.fr/", event_types=["complaint.created"], actor=Actor.of(admin)
    )
    switch_off(endpoint_id=endpoint.pk)


def choose_password(page, mail):
    """Refused once, then set, then good for logging in."""
    click_link(page, mail)
    for again in ("autre chose", NEW):
        page.fill("#id_new_password", NEW)
        page.fill("#id_again", again)
        with page.expect_navigation():
            page.click("button[type=submit]")
        assert ("Les deux mots de passe ne sont pas identiques." in page.content()) == (
            again != NEW
        )
    assert page.inner_text("h1") == "Mot de passe enregistré"
    port = urlsplit(page.url).port
    host = f"{slug_of(mail['To'])}.localhost:{port}"
    log_in(page, host, password=NEW, email=mail["To"])
    assert page.url == f"http://{host}/admin/"
    assert page.locator("#logout-form").count() == 1


def download_workbook(page, mail):
    with page.expect_download() as found:
        click_link(page, mail)
    book = load_workbook(BytesIO(Path(found.value.path()).read_bytes()))
    assert "Accueil" in str([cell.value for row in book.worksheets[0].rows for cell in row])


def download_table(page, mail):
    with page.expect_download() as found:
        click_link(page, mail)
    assert "SIRET" in Path(found.value.path()).read_text("utf-8-sig")


def find_no_link(page, mail):
    page.set_content(mail.get_body(("html",)).get_content())
    assert page.locator("a").count() == 0
    assert "http" not in page.inner_text("body")


# A kind of mail that is not here fails `test_each_kind_of_mail_is_followed`.
MAILS = {
    "accounts.invitation": (cause_invitation, choose_password),
    "accounts.password_reset": (cause_password_reset, choose_password),
    "actionplans.export_failed": (cause_failed_export, find_no_link),
    "actionplans.export_ready": (cause_export, download_workbook),
    "exports.file_failed": (cause_failed_file, find_no_link),
    "improvements.complaint_received": (cause_public_complaint, find_no_link),
    "followup.digest": (cause_digest, log_in_and_act),
    "exports.file_ready": (cause_file, download_table),
    "stored_files.file_altered": (cause_alteration, find_no_link),
    "webhooks.endpoint_failed": (cause_dead_endpoint, find_no_link),
}


def click_link(page, mail):
    """As a mail program shows it: in a page of no origin."""
    page.set_content(mail.get_body(("html",)).get_content())
    page.locator("a").first.click()


@pytest.fixture
def smtp(settings, demo_server):
    server = Mailbox()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "qualiforma.mail.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.PUBLIC_URL = demo_server.base
    yield server
    controller.stop()


@pytest.fixture
def admin(django_db_setup, django_db_blocker):
    """The administrator of a tenant that a server process sees.

    Each has a name of its own: the server remembers for 30 s which schema a host leads to.
    """
    slug = f"links-{secrets.token_hex(4)}"
    with (
        django_db_blocker.unblock(),
        committed_tenant(slug) as tenant,
        tenant_context(tenant),
    ):
        yield accounts.create_user(
            email=f"ana@{slug}.fr", name="Ana", role="ADMIN", password=PASSWORD
        )


def test_each_kind_of_mail_is_followed():
    assert sorted(MAILS) == sorted(kinds._writers)


@pytest.mark.parametrize("kind", MAILS)
def test_a_mails_link_leads_to_its_end(kind, admin, smtp, demo_server):
    cause, follow = MAILS[kind]
    cause(admin)
    run_jobs()
    [mail] = smtp.messages
    tokens = set(re.findall(r"/links/\w+/([\w.-]+)", mail.get_body(("plain",)).get_content()))
    with visit(locale="fr-FR", accept_downloads=True) as visitor:
        requests = []
        visitor.page.on("request", lambda one: requests.extend([one]))  # no builtin is taken
        follow(visitor.page, mail)
        referers = {one.headers.get("referer", "") for one in requests}
        assert not [one for one in referers for token in tokens if token in one]
        assert visitor.hosts <= {
            f"127.0.0.1:{demo_server.port}",
            f"{slug_of(admin.email)}.localhost:{demo_server.port}",
        }
        assert visitor.thrown == []
