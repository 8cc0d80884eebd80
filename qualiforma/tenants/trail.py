"""What is done to organisations: entries of their own, the registration is in no tenant's schema."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import say
from qualiforma.audit.registry import object_types

TENANT = "tenant"
object_types[TENANT] = _("organisme")

say("tenants.tenant.created", _("%(actor)s a créé l’organisme"))
