from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "qualiforma.tenants"
    label = "tenants"
    verbose_name = _("Organismes")

    def ready(self) -> None:
        from qualiforma.tenants import checks  # noqa: F401 - registers the system checks
