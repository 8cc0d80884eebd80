"""The platform's pages in a real browser: a creation followed live, and every page by axe."""

import subprocess
import sys

import pytest

from qualiforma.accounts import services as accounts
from qualiforma.accounts.models import User
from qualiforma.jobs.services import drop_job
from qualiforma.provisioning import removal
from qualiforma.provisioning.jobs import request_tenant
from qualiforma.tenants.context import leave_tenant, platform_context
from qualiforma.tenants.models import Tenant
from qualiforma.tenants.owner import as_owner
from tests.cast import PASSWORD
from tests.chromium import needs_chromium, visit
from tests.live import ROOT
from tests.qualiforma.jobs.test_queue import set_job
from tests.test_pages_accessible import axe, faults
from tests.test_pages_browser import assert_quiet, log_in

__all__ = ["axe"]
pytestmark = [pytest.mark.long, needs_chromium]
EMAIL = "olga@ops.fr"
LIST = "tenants/tenant/"


def work():
    """The owner's worker, for what is due."""
    words = [sys.executable, "manage.py", "run_worker", "--queue", "owner", "--until-empty"]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True, timeout=60)


def made_and_failed():
    """Queue a creation that has failed. Returns its number."""
    number = request_tenant(slug="failed-one", name="Failed one")
    set_job(number, status="failed")
    return number


@pytest.fixture
def host(demo_server, django_db_blocker):
    with django_db_blocker.unblock():
        with platform_context():
            user = accounts.create_user(email=EMAIL, name="Olga", role="ADMIN", password=PASSWORD)
        yield f"localhost:{demo_server.port}"
        with platform_context():
            User.objects.filter(pk=user.pk).delete()
        leave_tenant()
        with as_owner():
            for tenant in Tenant.objects.filter(slug="live-one"):
                removal.drop(tenant)


def test_a_creation_is_seen_to_come_along(host):
    with visit(locale="fr-FR") as visitor:
        page = visitor.page
        log_in(page, host, password=PASSWORD, email=EMAIL)
        page.goto(f"http://{host}/admin/{LIST}add/", wait_until="networkidle")
        page.fill("#id_name", "Live one")
        page.fill("#id_slug", "live-one")
        page.click("button[name=_save]")
        page.wait_for_selector("text=en attente de traitement")
        page.evaluate("window.isTheSame = true")
        work()
        page.wait_for_selector("text=L’organisme est prêt", timeout=60_000)
        assert page.evaluate("window.isTheSame") is True  # it was not loaded again
        page.click("text=Ouvrir « Live one »")
        page.click("text=Suspendre")
        page.fill("#id_reason", "Impayé")
        page.click("button.qf-grave")
        page.wait_for_selector("text=Suspension – Live one")
        work()
        page.wait_for_selector("#ask-resume", timeout=60_000)
        assert_quiet(visitor, host)


@pytest.mark.parametrize("language", ["fr-FR", "en-GB"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_anybody_out(host, axe, scheme, language):
    number, tenant = made_and_failed(), Tenant.objects.get(slug="votre-tenant")
    found = {}
    try:
        with visit(locale=language, color_scheme=scheme, bypass_csp=True) as visitor:
            log_in(visitor.page, host, password=PASSWORD, email=EMAIL)
            for path in (
                *("", "accounts/user/", LIST, f"{LIST}?q=zzz", f"{LIST}add/"),
                f"{LIST}requests/{number}/failed-one/",
                f"{LIST}{tenant.pk}/change/",
                *(f"{LIST}{tenant.pk}/ask/{one}/" for one in ("suspend", "add-domain")),
                f"{LIST}{tenant.pk}/ask/remove-domain/?domain=votre-tenant.localhost",
                *("audit/auditevent/", "audit/auditevent/1/change/", "password_change/"),
                *("jobs/", "jobs/?state=waiting", f"jobs/{number}/"),
            ):
                visitor.page.goto(f"http://{host}/admin/{path}", wait_until="networkidle")
                assert visitor.page.url.endswith(path)
                found[path or "home"] = faults(visitor.page, axe)
            visitor.page.click(f"#drop-{number}")
            visitor.page.wait_for_selector("#chosen-title")
            found["drop"] = faults(visitor.page, axe)
    finally:
        drop_job(number)
    assert {path: one for path, one in found.items() if one} == {}
