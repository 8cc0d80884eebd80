from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CalendarsConfig(AppConfig):
    name = "qualiforma.calendars"
    label = "calendars"
    verbose_name = _("Calendriers")

    def ready(self) -> None:
        autodiscover_modules("feeds")  # what each app has due
