"""Statements that the server keeps ready: each organisation's own, and none that a migration has made stale."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from django.db import connection as default_connection
from django.db import transaction

from qualiforma.accounts.models import User
from qualiforma.accounts.services import create_user
from qualiforma.accounts.tokens import new_access_token
from qualiforma.api.callers import ACTIVE, find_user
from qualiforma.lookups import fetch_one
from qualiforma.tenants import context
from qualiforma.tenants.postgresql.base import MOST_KEPT
from qualiforma.timeline import read_events
from tests.cast import PASSWORD, Client
from tests.committed import committed_tenant
from tests.improvements.factories import make_complaint, make_plan
from tests.qualiforma.audit.scratch import owner

connection: Any = default_connection  # ours adds to Django's
numbers = count()
PLANS, THEMES = "/api/v1/improvement-plans", "/api/v1/complaint-themes"


@pytest.fixture(scope="module")
def tenants(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        committed_tenant("ready-one") as one,
        committed_tenant("ready-two") as two,
        committed_tenant("ready-three") as three,
    ):
        context.leave_tenant()
        yield one, two, three


@pytest.fixture
def elsewhere(tenants, db):
    """Runs functions on a thread of their own, whose connection is in no transaction of a test."""
    with ThreadPoolExecutor(1) as thread:
        try:
            yield lambda function, *given: thread.submit(function, *given).result()
        finally:
            thread.submit(close).result()


def close():
    """Close this thread's connection."""
    connection.close()


def member_of(tenant):
    """A client who administers a tenant, and a plan with the tenant's name, really committed."""
    email = f"member{next(numbers)}@{tenant.slug}.fr"
    with context.tenant_context(tenant):
        user = create_user(email=email, name=tenant.name, role="ADMIN", password=PASSWORD)
        user = User.objects.get(pk=user.pk)
        plan = make_plan(title=f"Plan {tenant.slug}", owner_id=user.pk)
        make_complaint(subject=f"Plainte {tenant.slug}")
    client = Client(tenant.slug, new_access_token(user, tenant.pk))
    return tenant, client, plan.pk


def kept(text=""):
    """How many statements the server keeps ready on this thread's connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), pg_backend_pid() FROM pg_prepared_statements WHERE statement LIKE %s",
            [f"%{text}%"],
        )
        return cursor.fetchone()


def call(member, n):
    """A read or a write; what it answers belongs to the member's organisation, and to no other."""
    tenant, client, plan = member
    other = {"ready-one", "ready-two", "ready-three"} - {tenant.slug}
    calls = (
        lambda: client.get(PLANS),
        lambda: client.get(f"{PLANS}/{plan}"),
        lambda: client.get("/api/v1/complaints"),
        lambda: client.get("/api/v1/auth/me"),
        lambda: client.patch(f"{PLANS}/{plan}", {"title": f"Plan {tenant.slug} {n}"}),
        lambda: client.post(THEMES, {"name": f"{tenant.slug} {next(numbers)}"}),
    )
    answer = calls[(n * 5 + n // 11) % len(calls)]()
    text = answer.content.decode()
    assert answer.status_code < 300, text
    assert not [slug for slug in other if slug in text]
    assert tenant.slug in text or tenant.name in text


def test_organisations_by_turns_over_one_connection(tenants, elsewhere):
    def take_turns():
        members = [member_of(tenant) for tenant in tenants]
        for n in range(300):
            call(members[n * n % 7 % 3], n)  # the same again, and another
        return [kept(tenant.schema_name) for tenant in tenants], kept()

    each, (count, _server) = elsewhere(take_turns)
    assert min(found for found, _server in each) >= 3
    assert len({server for _found, server in each}) == 1
    assert count <= MOST_KEPT + 1


def test_a_migration_in_the_middle_fails_no_call(tenants, elsewhere):
    """Of one organisation after the other: types of columns that statements return, a new column."""

    def migrate():
        members = [member_of(tenant) for tenant in tenants]
        for n in range(60):
            call(members[n % 3], n)
        changes = [
            "ALTER TABLE accounts_user ALTER COLUMN name TYPE varchar(333)",
            "ALTER TABLE improvements_improvementplan ALTER COLUMN title TYPE varchar(333)",
            "ALTER TABLE improvements_improvementplan ADD COLUMN added integer DEFAULT 1",
            "ALTER TABLE accounts_user ADD COLUMN added integer DEFAULT 1",
            "ALTER TABLE improvements_improvementplan DROP COLUMN added",
            "ALTER TABLE accounts_user DROP COLUMN added",
        ]
        for tenant in tenants:
            for change in changes:
                with owner(tenant.schema_name) as own:
                    own.execute(change)
                for n in range(12):
                    call(members[n % 3], n)

    elsewhere(migrate)


def test_a_statement_whose_result_has_changed_is_prepared_anew(tenants, elsewhere):
    def change():
        tenant, _client, _plan = member_of(tenants[0])
        with context.tenant_context(tenant):
            user = User.objects.earliest("created_at")
            wanted = (user.pk, user.token_generation, ACTIVE)
            found = [find_user(*wanted) for _ in range(3)]
            before = kept(f"/* {tenant.schema_name} */")[0]
            with owner(tenant.schema_name) as own:
                own.execute("ALTER TABLE accounts_user ALTER COLUMN email TYPE varchar(300)")
            found += [find_user(*wanted) for _ in range(3)]
            return {one and one.pk for one in found} == {user.pk}, before

    assert elsewhere(change) == (True, 1)


def test_a_caller_is_found_while_and_after_a_migration_changes_the_table(tenants, elsewhere):
    def change():
        tenant, client, _plan = member_of(tenants[0])
        found = [client.get("/api/v1/auth/me").status_code for _ in range(4)]
        with owner(tenant.schema_name) as own:
            own.execute("ALTER TABLE accounts_user ALTER COLUMN name TYPE varchar(310)")
        found += [client.get("/api/v1/auth/me").status_code for _ in range(4)]
        return set(found), kept("AS joined ON true")[0]

    assert elsewhere(change) == ({200}, 1)


def test_a_connection_keeps_some_statements_and_no_more(tenants, elsewhere):
    def run():
        with context.tenant_context(tenants[0]):
            for n in range(MOST_KEPT + 40):
                for _ in range(2):
                    assert fetch_one(f"SELECT %s::text, {n}", ["bounded"]) == ("bounded", n)
            return kept("SELECT $1::text")[0]

    assert MOST_KEPT // 2 < elsewhere(run) <= MOST_KEPT + 1  # one goes with the next statement


def test_a_timeline_is_prepared_once_for_all_enrollments(tenants, elsewhere):
    def run():
        with context.tenant_context(tenants[0]):
            for n in range(6):
                assert read_events(f"enr_none{n}") == []
            return kept("ENROLLMENT_CREATED")[0]

    assert elsewhere(run) == 1


def test_within_a_transaction_nothing_is_prepared(tenants, elsewhere):
    """There a statement that is stale would fail the transaction."""

    def run():
        with context.tenant_context(tenants[0]), transaction.atomic():
            found = [fetch_one("SELECT %s::text || current_schema()", ["in "]) for _ in range(4)]
            return found, kept("current_schema()")[0]

    assert elsewhere(run) == ([(f"in {tenants[0].schema_name}",)] * 4, 0)


@pytest.mark.parametrize(("name", "value"), [("POOLER", "transaction"), ("SHARDED", True)])
def test_nothing_is_prepared_where_the_session_is_not_ours_alone(
    tenants, elsewhere, settings, name, value
):
    setattr(settings, name, value)

    def run():
        member = member_of(tenants[0])
        for n in range(12):
            call(member, n)
        return kept()[0]

    assert elsewhere(run) == 0


def test_a_text_with_every_sign_is_written_as_it_was_given(as_alice):
    """Values of a list's filters stand in its text."""
    for word in (
        "100 %",
        "%s",
        "%%",
        "it's",
        '"',
        "\\",
        "LIMIT 2000000011 OFFSET 2000000033",
        "é🎓",
    ):
        make_plan(title=f"Avant {word} après")
        for _ in range(2):
            found = as_alice.get(PLANS, {"q": word}).json()["data"]
            assert [one["title"] for one in found if word in one["title"]], word
