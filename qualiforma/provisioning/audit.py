"""What is done to organisations: entries of their own, the registration is in no tenant's schema."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import describe_action
from qualiforma.audit.registry import object_types

TENANT = "tenant"
object_types[TENANT] = _("organisme")

describe_action("tenants.tenant.created", _("%(actor)s a créé l’organisme"))
describe_action("tenants.tenant.suspended", _("%(actor)s a suspendu l’organisme"))
describe_action("tenants.tenant.resumed", _("%(actor)s a rouvert l’organisme"))
describe_action("tenants.tenant.renamed", _("%(actor)s a changé le nom court de l’organisme"))
describe_action("tenants.tenant.deleted", _("%(actor)s a supprimé l’organisme"))
describe_action(
    "tenants.tenant.creation_requested", _("%(actor)s a demandé la création de l’organisme")
)
describe_action(
    "tenants.tenant.change_requested", _("%(actor)s a demandé un changement de l’organisme")
)
describe_action("tenants.domain.added", _("%(actor)s a ajouté un domaine à l’organisme"))
describe_action("tenants.domain.removed", _("%(actor)s a retiré un domaine de l’organisme"))
describe_action(
    "tenants.domain.made_primary", _("%(actor)s a changé le domaine principal de l’organisme")
)
