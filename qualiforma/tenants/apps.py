from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "qualiforma.tenants"
    label = "tenants"
    verbose_name = _("Organismes")

    def ready(self) -> None:
        import_module("qualiforma.tenants.checks")
