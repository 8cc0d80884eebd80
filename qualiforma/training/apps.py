from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "qualiforma.training"
    label = "training"
    verbose_name = _("Formation")

    def ready(self) -> None:
        autodiscover_modules("timeline")  # what each app contributes to an enrollment's
        autodiscover_modules("record_types")  # the records that others can name
        autodiscover_modules("samples")  # what a new organisation can load to look at
        autodiscover_modules("readiness")  # what an audit would look for
