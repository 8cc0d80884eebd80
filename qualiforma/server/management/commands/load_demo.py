"""Create the demo tenants and fill them."""

from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.module_loading import import_string

from qualiforma.env import ConfigurationError
from qualiforma.provisioning import services
from qualiforma.provisioning.upgrades import migrate_everything
from qualiforma.tenants.context import tenant_context
from qualiforma.tenants.models import Tenant, TenantStatus

# The tenants that the public API's samples name.
DEMO_TENANTS = (
    ("qualiforma-demo", "QualiForma Démo", "qf-demo"),
    ("votre-tenant", "Prévention Atlantique", "votre-tenant"),
)


class Command(BaseCommand):
    """Idempotent: what is there already is left as it is. Needs DATABASE_OWNER_URL."""

    help = "Migrate, create the demo tenants and fill them; what exists is left alone."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_password(settings.DEMO_PASSWORD)
        except ValidationError as error:
            reasons = " ".join(error.messages)
            raise ConfigurationError(
                f"Set QUALIFORMA_DEMO_PASSWORD to another: {reasons}"
            ) from error
        self._migrate()
        for slug, name, storage_prefix in DEMO_TENANTS:
            tenant = Tenant.objects.filter(slug=slug, status=TenantStatus.ACTIVE).first()
            if tenant is None:
                self.stderr.write(f"Creating the tenant {slug} ...")
                tenant = services.create_tenant(slug=slug, name=name, storage_prefix=storage_prefix)
            with tenant_context(tenant), transaction.atomic():
                for loader in settings.DEMO_LOADERS:
                    import_string(loader)(slug)

    @staticmethod
    def _migrate() -> None:
        """Bring all that is there up to date; the server would not be ready otherwise."""
        failed = migrate_everything()
        if failed:
            reasons = "; ".join(f"{one.tenant.slug}: {one.reason}" for one in failed)
            raise ConfigurationError(f"Some organisations could not be migrated: {reasons}")
