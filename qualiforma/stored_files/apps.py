"""App configuration."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class StoredFilesConfig(AppConfig):
    """No tables; which rows name stored files is in each app's module `stored_files`."""

    name = "qualiforma.stored_files"
    verbose_name = _("fichiers stockés")

    def ready(self) -> None:
        autodiscover_modules("stored_files")
