from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RetriesConfig(AppConfig):
    name = "qualiforma.idempotency"
    label = "retries"
    verbose_name = _("Nouvelles tentatives")
