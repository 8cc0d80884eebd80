"""Every page of the demo, in both languages: no word that only a program understands."""

import os
from collections import Counter
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve

from qualiforma.accounts.models import User
from qualiforma.tenants.context import get_tenant, tenant_context
from tests.admin_client import AdminClient
from tests.machine_words import enum_values, found_in, read, untranslated

HOST = "qualiforma-demo.localhost"
# Of each role, an address and how many pages there are at least.
PEOPLE = {
    "admin@qualiforma.fr": 60,
    "auditor@qualiforma.fr": 60,
    "lead@qualiforma.fr": 4,
    "trainer@qualiforma.fr": 4,
}
# Pages of one route that are read.
OF_A_KIND = 3
# The trail is there to be compared with other programs, id by id.
TECHNICAL = "/admin/audit/"


def pages_of(admin_client):
    """Walk the links from the home page; yield each page once, some of each kind."""
    seen: set[str] = set()
    kinds: Counter[str] = Counter()
    waiting = ["/admin/"]
    while waiting:
        address = waiting.pop(0)
        answer = admin_client.get(address, follow=True)
        assert answer.status_code == 200, address
        if not answer.get("Content-Type", "").startswith("text/html"):
            b"".join(answer)  # to close it would close the test's connection too
        else:
            html = answer.content.decode()
            # The picker of dates has no words of its own, and does nothing without them.
            assert "DateTimeShortcuts" not in html or "jsi18n" in html, address
            page = read(html)
            yield address, page
            for link in page.links:
                target = urljoin(address, link.partition("#")[0])
                if not target.startswith("/admin/") or target in seen:
                    continue
                seen.add(target)
                try:
                    kind = resolve(urlsplit(target).path).view_name
                except Resolver404:
                    continue
                kinds[kind] += 1
                if kinds[kind] <= OF_A_KIND:
                    waiting.append(target)


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("email", PEOPLE)
def test_no_page_shows_machine_words(demo_server, email, language):
    admin_client = AdminClient(host=HOST, language=language)
    password = os.environ["QUALIFORMA_DEMO_PASSWORD"]
    admin_client.send("/admin/login/", {"username": email, "password": password})
    values, foreign = enum_values(), untranslated(language)
    with tenant_context(get_tenant("qualiforma-demo")):
        emails = set(User.objects.values_list("email", flat=True))
    found, count = [], 0
    for address, page in pages_of(admin_client):
        count += 1
        if not address.startswith(TECHNICAL):
            found += [f"{address}: {one}" for one in found_in(page.texts, values)]
        if not address.startswith("/admin/accounts/"):
            # The account's menu shows one's own, once.
            named = [one for one in page.texts if one in emails]
            if set(named) - {email} or named.count(email) > 1:
                found += [f"{address}: e-mail as a name {one}" for one in named]
        found += [f"{address}: untranslated {one}" for one in page.texts if one in foreign]
    assert count >= PEOPLE[email]
    assert not found, "\n".join(found)
