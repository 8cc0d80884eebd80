from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class StaffConfig(AppConfig):
    name = "qualiforma.admin"
    label = "staff"

    def ready(self) -> None:
        from qualiforma.admin import (
            kept_choices,
            kept_filters,
            kept_forms,
            kept_media,
            kept_texts,
            lists,
            plain_inputs,
        )

        lists.install()
        kept_choices.install()
        kept_forms.install()
        kept_media.install()
        kept_texts.install()
        kept_filters.install()
        plain_inputs.install()
        # Named in the settings rather than discovered: libraries' admin modules are not wanted.
        for module in settings.STAFF_PAGES:
            import_module(module)
