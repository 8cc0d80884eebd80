from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ThrottlesConfig(AppConfig):
    name = "qualiforma.ratelimit"
    label = "throttles"
    verbose_name = _("Limites de tentatives")
