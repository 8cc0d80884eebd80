"""List the tenants."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from qualiforma.provisioning.schemas import lacking
from qualiforma.tenants.context import WHOLE, leave_tenant
from qualiforma.tenants.models import Tenant
from qualiforma.tenants.sharding import node_states, nodes_of

COLUMNS = ("slug", "status", "id", "schema", "created", "behind", "node", "node_state", "name")
SHARDED = {"node", "node_state"}


class Command(BaseCommand):
    """Exit status 0. Cost: one statement per 200 tenants."""

    help = (
        "List the tenants: status, slug, id, schema, creation, and how many migrations each is "
        "behind; its node, and whether that is up or away, where they are sharded. A table, or with --json one object per tenant in an array."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = _rows()
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        columns = [one for one in COLUMNS if settings.SHARDED or one not in SHARDED]
        lines = [
            columns,
            *(
                ["?" if row[column] is None else str(row[column]) for column in columns]
                for row in rows
            ),
        ]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def _rows() -> list[dict[str, Any]]:
    """Shape: one dictionary per tenant, by slug; `behind` counts migrations, `created` is UTC.

    Half made and half gone ones are behind nothing: creation and deletion start over. How far one
    is behind whose node is away cannot be known: None.
    """
    leave_tenant()
    tenants = list(Tenant.objects.order_by("slug"))
    whole = [tenant.schema_name for tenant in tenants if tenant.status in WHOLE]
    nodes = nodes_of(whole) if settings.SHARDED else {}
    states = node_states() if settings.SHARDED else {}
    away = {schema for schema, node in nodes.items() if not states.get(node)}
    behind: dict[str, int | None] = dict.fromkeys(away)
    behind |= lacking([schema for schema in whole if schema not in away])
    return [
        {
            "slug": tenant.slug,
            "status": tenant.status,
            "id": tenant.pk,
            "schema": tenant.schema_name,
            "created": tenant.created_at.isoformat(timespec="seconds"),
            "behind": behind.get(tenant.schema_name, 0),
            "node": nodes.get(tenant.schema_name, ""),
            "node_state": _state(tenant.schema_name, nodes, away),
            "name": tenant.name,
        }
        for tenant in tenants
    ]


def _state(schema: str, nodes: Mapping[str, str], away: Collection[str]) -> str:
    if schema not in nodes:
        return ""
    return "away" if schema in away else "up"
