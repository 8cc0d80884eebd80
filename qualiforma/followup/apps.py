"""App configuration."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class FollowupConfig(AppConfig):
    """Each app says in its modules `work` and `reminders` what of it is somebody's to do, and when."""

    name = "qualiforma.followup"
    verbose_name = _("suivi")

    def ready(self) -> None:
        autodiscover_modules("work")
        autodiscover_modules("reminders")
