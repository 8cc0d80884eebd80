"""App configuration."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PersonalDataConfig(AppConfig):
    """No table of its own; each app says in its module `personal_data` what it holds about people."""

    name = "qualiforma.personal_data"
    verbose_name = _("données personnelles")

    def ready(self) -> None:
        autodiscover_modules("personal_data")
