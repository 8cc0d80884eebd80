"""Every route × everybody. A route that is missing here fails the build.

The plan is Alice's, one action of it is Mona's (MANAGER); Tom (TRAINER) and Bob (LEARNER) have no
part in it; Audrey audits. Charlie and Alice's double administer the other tenant.
"""

from typing import Any

import pytest
from django.urls import URLPattern, get_resolver

from improvements.states import OPEN, ActionStatus, PlanStatus
from qualiforma.tenants.context import tenant_context
from tests.actionplans.routes import COMPANY, COMPANY_ROWS, make_their_company_plan
from tests.cast import ALICE, AUDREY, BOB, CHARLIE, MONA, PASSWORD, TOM, TWIN, Client
from tests.compliance.audit_factories import make_audit_records
from tests.compliance.audit_rows import AUDIT_ROWS
from tests.compliance.bundle_rows import BUNDLE_ROWS
from tests.compliance.evidence_factories import make_evidence_records
from tests.compliance.evidence_rows import EVIDENCE_ROWS
from tests.compliance.needs_factories import make_needs_records
from tests.compliance.needs_rows import NEEDS_ROWS
from tests.compliance.paths_factories import make_path_records
from tests.compliance.paths_rows import PATH_ROWS
from tests.improvements.complaint_rows import ROWS as COMPLAINT_ROWS
from tests.improvements.factories import (
    make_action,
    make_attachment,
    make_complaint_records,
    make_plan,
    plan_body,
)
from tests.qualiforma.calendars.rows import CALENDAR_ROWS
from tests.qualiforma.followup.rows import FOLLOWUP_ROWS
from tests.qualiforma.training.factories import make_records
from tests.qualiforma.training.rows import TRAINING_ROWS
from tests.qualiforma.webhooks.rows import WEBHOOK_ROWS, make_their_webhooks
from tests.rows import COLUMNS, Row, call, rolled_back

PEOPLE = {"alice": ALICE, "mona": MONA, "tom": TOM, "bob": BOB, "audrey": AUDREY}


PLANS = "/api/v1/improvement-plans"
SPENT = {"refreshToken": "qfr_unknown"}
PLATFORM: dict[str, Any] = {"public": True, "needs_tenant": False}
EVERYBODYS = PLATFORM
LOGIN = {"email": ALICE.email, "password": PASSWORD}
ROWS = [
    Row("POST", "login", "/api/v1/auth/login", (200,) * 6 + (401,), body=LOGIN, public=True),
    Row("GET", "me", "/api/v1/auth/me", (401, 200, 200, 200, 200, 200, 200)),
    *FOLLOWUP_ROWS,
    Row("GET", "tenant-current", "/api/v1/tenants/current", (401, 200, 200, 200, 200, 200, 200)),
    Row("GET", "complaint-list", "/api/v1/complaints", (401, 200, 200, 403, 200, 200, 200)),
    Row(
        "POST",
        "complaint-list",
        "/api/v1/complaints",
        (401, 201, 201, 201, 201, 403, 201),
        body={"subject": "Froid", "channel": "FORM", "complainantRole": "LEARNER"},
    ),
    Row(
        "GET",
        "complaint-detail",
        "/api/v1/complaints/cmp_routes",
        (401, 200, 200, 403, 404, 200, 404),
    ),
    Row(
        "PATCH",
        "complaint-detail",
        "/api/v1/complaints/cmp_routes",
        (401, 200, 403, 403, 403, 403, 404),
        body={"subject": "Froid encore"},
    ),
    Row("GET", "improvement-plan-list", PLANS, (401, 200, 403, 403, 403, 200, 200)),
    Row(
        "POST",
        "improvement-plan-list",
        PLANS,
        (401, 201, 403, 403, 403, 403, 400),
        body=plan_body(owner=MONA.id),
    ),
    Row(
        "GET",
        "improvement-plan-stats",
        f"{PLANS}/stats",
        (401, 200, 403, 403, 403, 200, 200),
    ),
    Row(
        "GET",
        "improvement-plan-detail",
        f"{PLANS}/imp_theirs",
        (401, 200, 200, 404, 404, 200, 404),
    ),
    Row(
        "PATCH",
        "improvement-plan-detail",
        f"{PLANS}/imp_theirs",
        (401, 200, 403, 403, 403, 403, 404),
        body={"title": "Autre titre"},
    ),
    Row(
        "DELETE",
        "improvement-plan-detail",
        f"{PLANS}/imp_theirs",
        (401, 204, 403, 403, 403, 403, 404),
        status=PlanStatus.DRAFT,
    ),
    Row(
        "POST",
        "improvement-plan-close",
        f"{PLANS}/imp_theirs/close",
        (401, 200, 403, 403, 403, 403, 404),
        body={"summary": "Fait."},
    ),
    Row(
        "POST",
        "improvement-plan-effectiveness",
        f"{PLANS}/imp_theirs/effectiveness",
        (401, 201, 403, 403, 403, 403, 404),
        body={"verdict": "EFFECTIVE", "method": "Relevé."},
        status=PlanStatus.COMPLETED,
    ),
    Row(
        "POST",
        "corrective-action-list",
        f"{PLANS}/imp_theirs/actions",
        (401, 201, 403, 403, 403, 403, 404),
        body={"description": "Relancer"},
    ),
    Row(
        "PATCH",
        "corrective-action-detail",
        f"{PLANS}/imp_theirs/actions/act_monas",
        (401, 200, 200, 404, 404, 403, 404),
        body={"status": "CANCELLED"},
    ),
    Row(
        "GET",
        "improvement-plan-history",
        f"{PLANS}/imp_theirs/history",
        (401, 200, 200, 404, 404, 200, 404),
    ),
    Row("GET", "audit-event-list", "/api/v1/audit-events", (401, 200, 403, 403, 403, 200, 200)),
    Row("POST", "refresh", "/api/v1/auth/refresh", (401,) * 7, body=SPENT, public=True),
    Row("POST", "logout", "/api/v1/auth/logout", (204,) * 7, body=SPENT, public=True),
    Row(
        "POST",
        "password",
        "/api/v1/auth/password",
        (401, 400, 400, 400, 400, 400, 400),
        body={"currentPassword": "not it", "newPassword": "une autre phrase"},
    ),
    Row(
        "POST",
        "password-reset",
        "/api/v1/auth/password-reset",
        (204,) * 7,
        body={"email": "nobody@acme.fr"},
        public=True,
    ),
    Row(
        "POST",
        "password-reset-confirm",
        "/api/v1/auth/password-reset/confirm",
        (400,) * 7,
        body={"token": "x", "newPassword": "une autre phrase"},
        public=True,
    ),
    Row("GET", "user-list", "/api/v1/users", (401, 200, 403, 403, 403, 200, 200)),
    Row(
        "POST",
        "user-list",
        "/api/v1/users",
        (401, 201, 403, 403, 403, 403, 201),
        body={"email": "new@x.fr", "name": "Nouveau", "role": "TRAINER"},
    ),
    Row("GET", "user-detail", "/api/v1/users/usr_bob", (401, 200, 403, 403, 403, 200, 404)),
    Row(
        "PATCH",
        "user-detail",
        "/api/v1/users/usr_bob",
        (401, 200, 403, 403, 403, 403, 404),
        body={"name": "Robert"},
    ),
    Row(
        "POST",
        "user-invitation",
        "/api/v1/users/usr_bob/invitation",
        (401, 409, 403, 403, 403, 403, 404),
    ),
    # The platform's own staff: no tenant's credentials open anything.
    Row("POST", "platform:login", "/platform/v1/auth/login", (401,) * 7, LOGIN, **PLATFORM),
    Row("POST", "platform:refresh", "/platform/v1/auth/refresh", (401,) * 7, SPENT, **PLATFORM),
    Row("POST", "platform:logout", "/platform/v1/auth/logout", (204,) * 7, SPENT, **PLATFORM),
    Row("GET", "platform:me", "/platform/v1/auth/me", (401,) + (403,) * 6, **PLATFORM),
    Row(
        "POST",
        "platform:password",
        "/platform/v1/auth/password",
        (401,) + (403,) * 6,
        body={"currentPassword": PASSWORD, "newPassword": "une autre phrase"},
        **PLATFORM,
    ),
    Row(
        "POST",
        "platform:password-reset",
        "/platform/v1/auth/password-reset",
        (204,) * 7,
        body={"email": ALICE.email},
        **PLATFORM,
    ),
    Row(
        "POST",
        "platform:password-reset-confirm",
        "/platform/v1/auth/password-reset/confirm",
        (400,) * 7,
        body={"token": "x", "newPassword": "une autre phrase"},
        **PLATFORM,
    ),
    Row(
        "GET",
        "attachment-list",
        f"{PLANS}/imp_theirs/attachments",
        (401, 200, 200, 404, 404, 200, 404),
    ),
    Row(
        "POST",
        "attachment-list",
        f"{PLANS}/imp_theirs/attachments",
        (401, 415, 403, 403, 403, 403, 404),  # 415: allowed, but for a body that is no form
        body={"file": "x"},
    ),
    Row(
        "PATCH",
        "attachment-detail",
        f"{PLANS}/imp_theirs/attachments/att_routes",
        (401, 200, 403, 403, 403, 403, 404),
        body={"freeOfPersonalData": True},
    ),
    Row(
        "DELETE",
        "attachment-detail",
        f"{PLANS}/imp_theirs/attachments/att_routes",
        (401, 204, 403, 403, 403, 403, 404),
    ),
    *TRAINING_ROWS,
    *COMPLAINT_ROWS,
    *COMPANY_ROWS,
    *EVIDENCE_ROWS,
    *AUDIT_ROWS,
    *BUNDLE_ROWS,
    *PATH_ROWS,
    *NEEDS_ROWS,
    *CALENDAR_ROWS,
    *WEBHOOK_ROWS,
    Row("GET", "qualiopi-grids", "/api/v1/qualiopi/grids", (200,) * 7, **EVERYBODYS),
    Row("GET", "qualiopi-grid", "/api/v1/qualiopi/grids/2026", (200,) * 7, **EVERYBODYS),
    Row("GET", "export-link", "/links/export/x", (404,) * 7, public=True, needs_tenant=False),
    Row("GET", "download-link", "/links/download/x", (404,) * 7, public=True, needs_tenant=False),
    Row("GET", "file-link", "/links/file/x", (404,) * 7, public=True, needs_tenant=False),
    Row(
        *("GET", "reminders-link", "/links/reminders/x"),
        (404,) * 7,
        public=True,
        needs_tenant=False,
    ),
    Row("GET", "password-link", "/links/password/x", (404,) * 7, public=True, needs_tenant=False),
    Row("GET", "schema", "/api/v1/schema", (200,) * 7, public=True, needs_tenant=False),
    Row("GET", "docs", "/api/v1/docs", (200,) * 7, public=True, needs_tenant=False),
    # Programs find no route there; a browser is led to the pages under /admin/.
    Row("GET", "root", "/", (404,) * 7, public=True, needs_tenant=False),
    Row("GET", "healthz", "/healthz", (200,) * 7, public=True, needs_tenant=False),
    Row("GET", "readyz", "/readyz", (200,) * 7, public=True, needs_tenant=False),
    Row("GET", "metrics", "/metrics", (404,) * 7, public=True, needs_tenant=False),  # off
]
# What the contract describes, of the addresses below its own.
PUBLISHED = [
    row for row in ROWS if row.path.startswith("/api/v1/") and row.name not in {"schema", "docs"}
]


def make_their_records(row):
    """What rows name, in the state that this row wants; return the plan."""
    if row.path.startswith(COMPANY):
        make_their_company_plan()
    if row in WEBHOOK_ROWS:
        make_their_webhooks()
    action = {"id": "act_monas", "owner_id": MONA.id, "status": ActionStatus.DONE}
    plan = make_plan([action], id="imp_theirs", status=row.status)
    make_complaint_records()
    if row.status in OPEN:  # a frozen plan takes none
        make_attachment(plan, id="att_routes")
    if row.records:
        make_records()
        make_path_records()
        make_needs_records()
        make_evidence_records()
        make_audit_records()
    return plan


def by_records(rows):
    """Rows in groups that need the same records: a test makes these once for all of its group."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        needed = (row.path.startswith(COMPANY), row in WEBHOOK_ROWS, row.status, row.records)
        groups.setdefault(needed, []).append(row)
    return pytest.mark.parametrize("rows", groups.values(), ids=lambda rows: f"like {rows[0]}")


@by_records(ROWS)
def test_each_route_for_everybody(rows, acme, client_of, contract, subtests):
    """Each caller gets the status of the table, in an answer that the contract announces."""
    make_their_records(rows[0])
    for row in rows:
        with subtests.test(str(row)):
            answers = answers_to(row, acme, client_of)
            codes = {column: answer.status_code for column, answer in answers.items()}
            expected = dict(zip(COLUMNS, row.codes, strict=True))
            assert codes == expected, [
                answers[one].content for one in COLUMNS if codes[one] != expected[one]
            ]
            if row in PUBLISHED:
                for answer in answers.values():
                    contract.check(row.method, row.path, answer)


def answers_to(row, acme, client_of):
    answers = {}
    for column in COLUMNS:
        if column == "nobody":
            client = Client("acme")
        else:
            client = client_of(CHARLIE if column == "elsewhere" else PEOPLE[column])
        with rolled_back(acme):
            answers[column] = call(client, row)
    return answers


@by_records([row for row in ROWS if not row.public])
def test_a_token_is_worth_nothing_in_another_tenant(rows, acme, client_of, subtests):
    plan = make_their_records(rows[0])
    before = type(plan).objects.values().get(pk=plan.pk)
    for row in rows:
        with subtests.test(str(row)), rolled_back(acme):
            for person in (CHARLIE, TWIN):
                answer = call(client_of(person).in_tenant("acme"), row)
                assert (answer.status_code, answer.json()["code"]) == (403, "TENANT_MISMATCH")
                assert type(plan).objects.values().get(pk=plan.pk) == before


def test_an_action_of_another_plan_is_not_found(as_alice):
    make_plan(id="imp_theirs")
    other = make_plan(status=PlanStatus.IN_PROGRESS)
    action = make_action(other)
    url = f"{PLANS}/imp_theirs/actions/{action.pk}"
    assert as_alice.patch(url, {"status": "DONE"}).status_code == 404
    action.refresh_from_db()
    assert action.status == ActionStatus.TODO


def test_ids_of_the_other_tenant_read_as_unknown_ones(as_alice, globex):
    with tenant_context(globex):
        make_plan(id="imp_globex", owner_id=TWIN.id)
    theirs = as_alice.get(f"{PLANS}/imp_globex").json()
    nobodys = as_alice.get(f"{PLANS}/imp_nothing").json()
    for body in (theirs, nobodys):
        del body["instance"], body["requestId"]
    assert theirs == nobodys


def test_every_route_and_method_is_in_the_table(db):
    assert set(resolved()) == {(row.name, row.method) for row in ROWS}


def resolved(patterns=None):
    """(name, method) of every documented route; the catch-all has no name."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if getattr(one, "namespace", None) == "admin":
            continue  # pages, whose doors tests/qualiforma/admin tries one by one
        if not isinstance(one, URLPattern):
            space = f"{one.namespace}:" if one.namespace else ""
            yield from ((space + name, method) for name, method in resolved(one.url_patterns))
        elif one.name:
            methods = getattr(one.callback, "actions", None) or {"get": ""}
            yield from ((one.name, method.upper()) for method in methods if method != "head")


def test_every_view_declares_its_permissions(db):
    for view in {view for view in views() if hasattr(view, "actions")}:
        declared = view.cls.permissions
        assert set(view.actions.values()) <= set(declared), view.cls


def views(patterns=None):
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLPattern):
            yield one.callback
        else:
            yield from views(one.url_patterns)
