from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "qualiforma.training.exchange"
    label = "exchange"
    verbose_name = _("Imports et exports")
