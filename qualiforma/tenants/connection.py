"""The default connection as django-tenants makes it, with types."""

from typing import Any, Protocol, cast

from django.db import connection


class TenantConnection(Protocol):
    """What django-tenants and PostgreSQL's backend add to a connection."""

    schema_name: str
    tenant: Any
    pg_version: int
    search_path_set_schemas: Any

    def set_schema(self, schema_name: str, include_public: bool = ...) -> None:  # noqa: FBT001 - theirs
        """Open a schema, before `public` or alone."""

    def set_tenant(self, tenant: Any) -> None:
        """Open a tenant's schema."""

    def set_schema_to_public(self) -> None:
        """Open `public` alone."""


tenant_connection = cast("TenantConnection", connection)
