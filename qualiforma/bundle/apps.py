"""App configuration."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class BundleConfig(AppConfig):
    """No tables; each app registers its sections in its module `bundle`."""

    name = "qualiforma.bundle"
    verbose_name = _("dossiers d’audit")

    def ready(self) -> None:
        autodiscover_modules("bundle")
