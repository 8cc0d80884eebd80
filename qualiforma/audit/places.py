"""Which trails a command means: one tenant's, the platform's, or all."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError, CommandParser

from qualiforma.errors import MissingError
from qualiforma.tenants.context import get_tenant, platform_context, tenant_context
from qualiforma.tenants.models import PLATFORM_SCHEMA, Tenant, TenantStatus


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


def _of(tenant: Tenant) -> Place:
    return Place(tenant.slug, tenant, lambda: tenant_context(tenant))
