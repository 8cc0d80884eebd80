"""Writes that race: services and raw statements, in both orders of locks."""

import sys
from typing import Any
from uuid import uuid4

from django.db import OperationalError, connection, transaction

from improvements import services
from improvements.models import Complaint, CorrectiveAction, ImprovementPlan
from improvements.services import ActionDraft
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.accounts.services import change_user
from qualiforma.tenants.context import get_tenant, tenant_context

ACTOR = Actor("usr_0", "Une Personne", Role.ADMIN)
PLANS = 8


def fill(slug: str) -> None:
    """Users and plans to write to."""
    with tenant_context(get_tenant(slug)), audit.action("improvements.demo.loaded"):
        for n in range(PLANS):
            User.objects.create(id=f"usr_{n}", email=f"{n}@x.fr", name="N", role="ADMIN")
        for n in range(PLANS):
            ImprovementPlan.objects.create(
                id=f"imp_{n}",
                title="T",
                trigger="AUDIT",
                owner_id="usr_0",
                target_date="2026-12-31",
                status="IN_PROGRESS",
            )
        Complaint.objects.bulk_create(
            Complaint(
                id=f"cmp_{n}",
                subject="S",
                channel="EMAIL",
                complainant_role="OTHER",
                received_at="2026-01-01T00:00Z",
            )
            for n in range(PLANS)
        )


def write(slug: str, rank: int, writes: int) -> None:
    """Print what `faults_of` returns."""
    sys.stdout.write(str(faults_of(slug, rank, writes)))


def faults_of(slug: str, rank: int, writes: int) -> int:
    """Make about `writes` entries; return how many statements failed (a deadlock, a timeout)."""
    faults = 0
    with tenant_context(get_tenant(slug)):
        for n in range(rank, rank + writes // 2):  # each makes two entries
            try:
                WAYS[n % len(WAYS)](n)
            except OperationalError:
                faults += 1
    return faults


def new_word() -> str:
    """A value that was never there: an equal one would be no change, hence no entry."""
    return uuid4().hex


def plan(n: int) -> ImprovementPlan:
    return ImprovementPlan(pk=f"imp_{n % PLANS}")


def edit(n: int, *, reverse: bool = False) -> None:
    """Two services, two plans; the other order of plans in the neighbour."""
    for one in (n + 1, n) if reverse else (n, n + 1):
        services.edit_plan(plan=plan(one), changes={"title": new_word()}, actor=ACTOR)


def user_then_plan(n: int) -> None:
    """One transaction over two services: the user's row, then the plan's."""
    with audit.action("improvements.plan.edited", actor=ACTOR):
        rename_user(n)
        services.edit_plan(plan=plan(n), changes={"title": new_word()}, actor=ACTOR)


def plan_then_user(n: int) -> None:
    """The same rows in the other order."""
    with audit.action("improvements.plan.edited", actor=ACTOR):
        services.edit_plan(plan=plan(n), changes={"title": new_word()}, actor=ACTOR)
        rename_user(n)


def rename_user(n: int) -> None:
    user = User.objects.get(pk=f"usr_{n % PLANS}")
    change_user(user=user, changes={"name": new_word()}, actor=ACTOR)


def raw(*tables: str) -> Any:
    """Plain statements outside of any action, one transaction, the tables in this order."""

    def run(n: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, column in (TABLES[name] for name in tables):
                prefix = {"title": "imp", "name": "usr", "subject": "cmp"}[column]
                cursor.execute(
                    f"UPDATE {table} SET {column} = %s WHERE id = %s",
                    [new_word(), f"{prefix}_{n % PLANS}"],
                )

    return run


def add_two(n: int) -> None:
    services.add_action(plan=plan(n), draft=ActionDraft("Une"), actor=ACTOR)
    CorrectiveAction.objects.create(plan=plan(n + 1), description="Brute", owner_id="usr_1")


TABLES = {
    "plan": ("improvements_improvementplan", "title"),
    "user": ("accounts_user", "name"),
    "complaint": ("improvements_complaint", "subject"),
}
WAYS: tuple[Any, ...] = (
    edit,
    lambda n: edit(n, reverse=True),
    user_then_plan,
    plan_then_user,
    raw("plan", "user"),
    raw("user", "plan"),
    raw("complaint", "plan"),
    add_two,
)
