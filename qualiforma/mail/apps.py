"""App configuration."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    """No tables; each app's kinds of mail are in its module `mails`."""

    name = "qualiforma.mail"
    verbose_name = _("courriels")

    def ready(self) -> None:
        autodiscover_modules("mails")
        checks.register(warn_without_server, checks.Tags.compatibility, deploy=True)


def warn_without_server(**_: Any) -> list[checks.CheckMessage]:
    """Say at deployment that mails would stay in a folder."""
    if settings.EMAIL_BACKEND != "qualiforma.mail.folder.FolderBackend":
        return []
    text = "No mail leaves this installation: invitations stay in the state folder."
    return [checks.Warning(text, hint="Set QUALIFORMA_SMTP_URL.", id="mail.W001")]
