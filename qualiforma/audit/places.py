"""Which trails a command means: one tenant's, the platform's, or all."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection

from qualiforma.errors import MissingError
from qualiforma.tenants.context import get_tenant, platform_context, public_schema, tenant_context
from qualiforma.tenants.models import PLATFORM_SCHEMA, Tenant, TenantStatus

_STRAY = r"""
SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relname = 'audit_event' AND nspname <> %s AND nspname !~ '^(pg_|template_)'
    AND NOT EXISTS (SELECT FROM tenants_tenant WHERE schema_name = nspname) ORDER BY nspname
"""


@dataclass(frozen=True)
class Place:
    """A schema with a trail, by the name people know."""

    name: str
    tenant: Tenant | None
    opened: Callable[[], AbstractContextManager[object]]


def add_places(parser: CommandParser, *, one: bool = False) -> None:
    """Add `--tenant`, `--platform` and, unless `one`, `--all-tenants`; one of them is needed."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--tenant", metavar="SLUG", help="the tenant's slug")
    which.add_argument("--platform", action="store_true", help="the platform's own trail")
    if not one:
        which.add_argument("--all-tenants", action="store_true", help="every one, and the platform")


def places(options: Mapping[str, Any]) -> Iterator[Place]:
    """Return what the options name. Errors: `CommandError`, status 2, for an unknown slug."""
    if options["tenant"]:
        try:
            yield _of(get_tenant(options["tenant"]))
        except MissingError as error:
            raise CommandError(str(error.detail), returncode=2) from error
        return
    if options.get("all_tenants"):
        half_made = TenantStatus.PROVISIONING
        yield from [_of(one) for one in Tenant.objects.exclude(status=half_made).order_by("slug")]
    yield Place(PLATFORM_SCHEMA, None, platform_context)


def left_out() -> Iterator[tuple[str, bool]]:
    """Yield what `--all-tenants` does not reach: name, and whether that is false.

    An organisation that is half made has no trail to check yet; a trail in a schema that no
    organisation has was one's.
    """
    for slug in Tenant.objects.filter(status=TenantStatus.PROVISIONING).values_list(
        "slug", flat=True
    ):
        yield f"{slug}: not checked, the organisation is half made", False
    with public_schema(), connection.cursor() as cursor:
        cursor.execute(_STRAY, [PLATFORM_SCHEMA])
        for (schema,) in cursor.fetchall():
            yield f"{schema}: BROKEN: a trail is there, and no organisation has it", True


def _of(tenant: Tenant) -> Place:
    return Place(tenant.slug, tenant, lambda: tenant_context(tenant))
