from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "qualiforma.training.importing"
    label = "exchange"
    verbose_name = _("Imports et exports")

    def ready(self) -> None:
        autodiscover_modules("importing")  # the kinds of records of other apps
