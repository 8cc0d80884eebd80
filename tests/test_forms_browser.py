"""Every form of the pages, sent by a real browser: it says where the form comes from.

A browser that says `Origin: null` (a page without a referrer, a sandbox) is refused everywhere.
"""

import re
from pathlib import Path

import pytest
from django.urls import resolve

from qualiforma.accounts import services as accounts
from qualiforma.accounts.models import User
from qualiforma.tenants.context import leave_tenant, platform_context
from tests.cast import PASSWORD
from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import EMAIL, log_in

ROOT = Path(__file__).parent.parent
NULLED = re.compile(r"no-referrer|norefer+er|sandbox", re.IGNORECASE)
LINKS = "links => links.map(link => link.href)"
FORMS = "document.querySelectorAll('form[method=post]')"
# The token is spoilt: what is sent changes nothing.
SPOILT = f"""number => {{
  const form = {FORMS}[number];
  for (const field of form.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = "x";
  form.target = "";
  HTMLFormElement.prototype.submit.call(form);
}}"""
STAFF = "olga@forms.fr"


def test_no_page_hides_where_its_forms_come_from():
    """Headers are held by `test_every_answer_is_hardened`; these are a page's own ways."""
    pages = list((ROOT / "templates").rglob("*.html"))
    assert len(pages) > 50
    found = {page.name: NULLED.findall(page.read_text(encoding="utf-8")) for page in pages}
    assert {name: words for name, words in found.items() if words} == {}


def kind_of(url, host):
    """The view of a page of ours, of which one page is enough; nothing for other addresses."""
    path = url.partition(host)[2].partition("#")[0]
    if not path.startswith("/admin/"):
        return ""
    urlconf = "qualiforma.platform_urls" if host.startswith("localhost") else None
    return resolve(path.partition("?")[0], urlconf).view_name


def origins(page, url):
    """What the browser says of itself with each form of a page."""
    said = []
    for number in range(page.evaluate(f"{FORMS}.length")):
        with page.expect_navigation() as answer:
            page.evaluate(SPOILT, number)
        assert answer.value.status == 403, url
        said.append(answer.value.request.all_headers().get("origin"))
        page.goto(url)
    return said


def sent_from(page, host):
    """Origins by view, one page of each view that links lead to."""
    start = f"http://{host}/admin/"
    ahead, found = [start], {kind_of(start, host): None}
    while ahead:
        url = ahead.pop(0)
        answer = page.goto(url)
        if not answer or "text/html" not in answer.headers.get("content-type", ""):
            continue
        for link in page.locator("a[href]").evaluate_all(LINKS):
            kind = kind_of(link, host)
            if kind and kind not in found:
                found[kind] = None
                ahead.append(link)
        found[kind_of(url, host)] = origins(page, url)
    return {kind: said for kind, said in found.items() if said}


@pytest.fixture
def platform_staff(demo_server, django_db_blocker):
    with django_db_blocker.unblock():
        with platform_context():
            user = accounts.create_user(email=STAFF, name="Olga", role="ADMIN", password=PASSWORD)
        yield
        with platform_context():
            User.objects.filter(pk=user.pk).delete()
        leave_tenant()


@pytest.mark.long
@needs_chromium
@pytest.mark.parametrize(
    ("name", "login", "least"),
    [
        ("qualiforma-demo.localhost", {"email": EMAIL}, 30),
        ("localhost", {"email": STAFF, "password": PASSWORD}, 4),
    ],
)
def test_each_form_says_where_it_comes_from(demo_server, platform_staff, name, login, least):
    host = f"{name}:{demo_server.port}"
    with visit(locale="fr-FR") as visitor:
        log_in(visitor.page, host, **login)
        found = sent_from(visitor.page, host)
    assert len(found) >= least
    assert {kind: said for kind, said in found.items() if {*said} != {f"http://{host}"}} == {}
