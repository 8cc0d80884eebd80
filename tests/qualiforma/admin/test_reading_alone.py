"""Who only reads: whatever an auditor posts to any page, nothing changes and no page gives way."""

import re

import pytest
from django.urls import URLPattern

from qualiforma.admin.site import site
from qualiforma.audit.models import AuditEvent
from tests.admin_client import entered
from tests.cast import AUDREY
from tests.compliance.evidence_factories import make_evidence

pytestmark = pytest.mark.django_db
# Of one's own session, work and calendars, not of the organisation's records.
# An auditor checks and exports the trail by right, which it notes.
OWN = ("login", "logout", "language", "password", "me/", "calendars/", "audit/")
# Parts of addresses that name something else than a record.
NAMED = {"name": "start", "form": "csv"}


def addresses(patterns, prefix="/admin/"):
    """Yield the address of each page, its places as they are written in routes."""
    for one in patterns:
        if isinstance(one, URLPattern):
            yield f"{prefix}{one.pattern}"
        else:
            yield from addresses(one.url_patterns, f"{prefix}{one.pattern}")


@pytest.fixture
def records(admin_client):
    """A key for each list that has a record, by the list's address."""
    assert admin_client.send("/admin/samples/").status_code == 302
    make_evidence()
    found = {}
    for model in site._registry:
        if row := model._base_manager.first():
            label = model._meta.label_lower.replace(".", "/")
            found[f"/admin/{label}/"] = str(row.pk).replace("_", "_5F")
    return found


def filled(address, records):
    """Return an address with keys of its list's record in its places."""
    key = next((one for start, one in records.items() if address.startswith(start)), "x")
    return re.sub(r"<\w+:(\w+)>", lambda found: NAMED.get(found[1], key), address)


def test_a_post_changes_nothing(records):
    pages = [
        one for one in addresses(site.get_urls()) if not one.removeprefix("/admin/").startswith(OWN)
    ]
    assert len(pages) > 200
    auditor = entered(AUDREY)
    before = AuditEvent.objects.count()
    for page in pages:
        answer = auditor.send(filled(page, records), {"reason": "x", "_start": "1"})
        assert answer.status_code < 500, page
        assert "/login/" not in answer.headers.get("Location", ""), page
        assert AuditEvent.objects.count() == before, page
