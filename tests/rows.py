"""A row of the route table: one method of one route, and what each caller gets."""

from dataclasses import dataclass, field
from typing import Any

from improvements.states import PlanStatus

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
