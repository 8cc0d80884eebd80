from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    name = "qualiforma.webhooks"
    label = "webhooks"
    verbose_name = _("Webhooks")

    def ready(self) -> None:
        from qualiforma.audit.context import Listener, listeners
        from qualiforma.webhooks.events import begin, endpoints_statement  # it needs the models

        listeners.append(Listener(endpoints_statement, begin))
