"""App configuration."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class FollowupConfig(AppConfig):
    """Each app says in its module `work` what of it is somebody's to do."""

    name = "qualiforma.followup"
    verbose_name = _("suivi")

    def ready(self) -> None:
        autodiscover_modules("work")
