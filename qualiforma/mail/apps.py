"""App configuration."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    """No tables; each app's kinds of mail are in its module `mails`."""

    name = "qualiforma.mail"
    verbose_name = _("courriels")

    def ready(self) -> None:
        autodiscover_modules("mails")
