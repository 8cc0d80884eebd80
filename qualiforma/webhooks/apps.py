from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    name = "qualiforma.webhooks"
    label = "webhooks"
    verbose_name = _("Webhooks")

    def ready(self) -> None:
        from qualiforma.audit.context import listeners
        from qualiforma.webhooks.events import listen  # it needs the models

        listeners.append(listen)
