"""What is done to organisations: entries of their own, the registration is in no tenant's schema."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import say
from qualiforma.audit.registry import object_types

TENANT = "tenant"
object_types[TENANT] = _("organisme")

say("tenants.tenant.created", _("%(actor)s a créé l’organisme"))
say("tenants.tenant.suspended", _("%(actor)s a suspendu l’organisme"))
say("tenants.tenant.resumed", _("%(actor)s a rouvert l’organisme"))
say("tenants.tenant.renamed", _("%(actor)s a changé le nom court de l’organisme"))
say("tenants.tenant.deleted", _("%(actor)s a supprimé l’organisme"))
say("tenants.tenant.creation_requested", _("%(actor)s a demandé la création de l’organisme"))
say("tenants.tenant.change_requested", _("%(actor)s a demandé un changement de l’organisme"))
say("tenants.domain.added", _("%(actor)s a ajouté un domaine à l’organisme"))
say("tenants.domain.removed", _("%(actor)s a retiré un domaine de l’organisme"))
say("tenants.domain.made_primary", _("%(actor)s a changé le domaine principal de l’organisme"))
