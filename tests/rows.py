"""A row of the route table: one method of one route, and what each caller gets; how rows are called."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from improvements.states import PlanStatus
from qualiforma.api.rates import rates
from qualiforma.tenants import context
from qualiforma.tenants.models import Tenant
from tests.cast import Client

COLUMNS = ("nobody", "alice", "mona", "tom", "bob", "audrey", "elsewhere")


@dataclass(frozen=True)
class Row:
    method: str
    name: str
    path: str
    codes: tuple[int, ...]  # in the order of COLUMNS; `elsewhere` is Charlie with acme's ids
    body: dict[str, Any] | None = None
    status: PlanStatus = PlanStatus.IN_PROGRESS
    public: bool = False
    needs_tenant: bool = True
    query: dict[str, str] = field(default_factory=dict)
    records: bool = False  # needs one training record of each kind

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def call(client: Client, row: Row) -> Any:
    return getattr(client, row.method.lower())(row.path, row.body)


@contextmanager
def rolled_back(tenant: Tenant) -> Iterator[None]:
    """Take back what a block writes: the next caller finds the same records."""
    rates.clear()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    context.leave_tenant()
    context.open_tenant(tenant)
