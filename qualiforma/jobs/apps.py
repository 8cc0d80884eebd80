"""App configuration."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    """Two shared tables beside the queue's own; each app's jobs are in its module `jobs`."""

    name = "qualiforma.jobs"
    verbose_name = _("tâches de fond")

    def ready(self) -> None:
        autodiscover_modules("jobs")
