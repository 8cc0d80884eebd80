"""The default connection as django-tenants and ours make it, with types."""

from typing import Any, Protocol, cast

from django.db import connection


class TenantConnection(Protocol):
    """What django-tenants, PostgreSQL's backend and ours add to a connection."""

    schema_name: str
    tenant: Any
    pg_version: int
    search_path_set_schemas: Any

    def set_schema(self, schema_name: str, *, include_public: bool = ...) -> None:
        """Open a schema, before `public` or alone."""

    def set_tenant(self, tenant: Any) -> None:
        """Open a tenant's schema."""

    def enter(self, tenant: Any, joined: Any = None) -> bool:
        """Open a tenant's schema, run a look-up there and say whether the tenant is active."""

    def set_schema_to_public(self) -> None:
        """Open `public` alone."""


tenant_connection = cast("TenantConnection", connection)
