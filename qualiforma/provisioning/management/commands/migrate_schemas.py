"""Bring schemas up to date, on the owner's connection."""

from typing import Any

from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand

from qualiforma.provisioning.services import migrate_installation
from qualiforma.tenants.context import leave_tenant
from qualiforma.tenants.grants import grant_to_application
from qualiforma.tenants.models import PLATFORM_SCHEMA, Tenant
from qualiforma.tenants.owner import as_owner


class Command(MigrateSchemasCommand):
    """django-tenants' command, plus the platform's schema, the owner's role and the grants.

    Named for one schema it does what the library does; without a name it brings everything up to
    date: shared tables, the platform's schema, then each tenant.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            if options.get("schema_name") or options.get("shared") or options.get("tenant"):
                super().handle(*args, **options)
                return
            migrate_installation()
            super().handle(*args, **{**options, "tenant": True})
            leave_tenant()
            for schema in [
                PLATFORM_SCHEMA,
                *Tenant.objects.values_list("schema_name", flat=True),
            ]:
                grant_to_application(schema)
