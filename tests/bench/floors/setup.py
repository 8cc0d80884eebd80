"""Who calls, and the file that tells the floor what it needs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.floors.fill import SLUG
from tests.bench.floors.operations import Operation

LOGIN = {"email": "admin@qualiforma.fr", "password": "qualiforma-demo"}
HOST = f"{SLUG}.localhost"


@dataclass
class Signed:
    """One administrator, by the API and at the pages."""

    client: Any
    admin_client: Any
    headers: dict[str, str]
    page_headers: dict[str, str]
    path_id: str


def sign_in() -> Signed:
    from compliance.models import AdaptivePath
    from qualiforma.tenants.context import get_tenant, tenant_context
    from tests.admin_client import AdminClient
    from tests.cast import Client

    answer = Client(SLUG).post("/api/v1/auth/login", LOGIN).json()
    token = answer["data"]["accessToken"]
    admin_client = AdminClient(HOST)
    entered = admin_client.send(
        "/admin/login/", {"username": LOGIN["email"], "password": LOGIN["password"]}
    )
    assert entered.status_code == 302, entered.content
    cookies = "; ".join(f"{name}={one.value}" for name, one in admin_client.cookies.items())
    headers = {"Host": "127.0.0.1", "X-Tenant-ID": SLUG, "Authorization": f"Bearer {token}"}
    headers |= {"Accept-Language": "fr", "Content-Type": "application/json"}
    page_headers = {"Host": HOST, "Cookie": cookies, "Accept-Language": "fr"}
    with tenant_context(get_tenant(SLUG)):
        path_id = (
            AdaptivePath.objects.filter(deleted_at=None).order_by("id").values_list("pk")[0][0]
        )
    return Signed(Client(SLUG, token), admin_client, headers, page_headers, path_id)


def known_to_floor(
    file: Path, urls: Any, signed: Signed, rows: Iterable[Operation]
) -> dict[str, int]:
    """Write the file; return how many statements each call makes, by operation."""
    from django.conf import settings
    from django.utils import timezone, translation

    from qualiforma import timeline
    from qualiforma.qualiopi.grids import INDICATOR_MAX, labels
    from qualiforma.tenants.models import Tenant

    counts, captures = {}, {}
    # What writes goes first: the answers that are kept are those of what is then there.
    for row in sorted(rows, key=lambda one: one.ours(0)[0] == "GET"):
        counts[row.name], captures[row.name] = capture(row, signed)
    tenant = Tenant.objects.get(slug=SLUG)
    texts = {"decimal_mark": ","}
    with translation.override("fr"):
        for source in timeline.sources.values():
            texts |= {name: str(text) for name, text in source.texts.items()}
        wordings = json.dumps(labels(range(1, INDICATOR_MAX + 1)))
    values = {
        "labels": wordings,
        "today": timezone.localdate().isoformat(),
        "tenant": {"id": tenant.pk, "slug": tenant.slug},
        "tenant_id": tenant.pk,
        "captured": captures,
        "timeline": timeline._statement(),
        "texts": texts,
    }
    known = {
        "database": urls.app,
        "key": settings.SIMPLE_JWT["SIGNING_KEY"],
        "schemas": {one.slug: one.schema_name for one in Tenant.objects.all()},
        "values": values,
    }
    file.write_text(json.dumps(known))
    return counts


def capture(row: Operation, signed: Signed) -> tuple[int, dict[str, Any]]:
    """Make the call in this process; return how many statements it makes, and them with its answer.

    The first of them are the user's, or the session's and the user's: the floor has its own.
    """
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed.admin_client if row.is_page else signed.client
    for _ in range(2):  # what is found once per process is there by then
        method, path, body = row.ours(next(row.counter))
        with CaptureQueriesContext(connection) as found:
            answer = client.generic(
                method, path, json.dumps(body) if body else "", "application/json"
            )
    assert answer.status_code < 300, (row.name, answer.status_code, answer.content[:500])
    text = "" if getattr(answer, "streaming", False) else answer.content.decode()
    statements = [one["sql"].replace("%", "%%") for one in found]
    own = [one for one in statements if "accounts_user" not in one.partition(" WHERE ")[0]]
    own = [one for one in own if "search_path" not in one.partition(" FROM ")[0]]
    if row.is_page:
        own = [one for one in own if "django_session" not in one]
    return len(found), {"statements": [one.replace("%%", "%") for one in own], "answer": text}
