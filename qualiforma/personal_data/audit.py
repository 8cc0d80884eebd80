"""What is done with personal data is called."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import describe_action
from qualiforma.audit.registry import object_types

PERSON = "person"
object_types[PERSON] = _("personne")

describe_action(
    "personal_data.person.exported", _("%(actor)s a exporté les données d’une personne")
)
describe_action("personal_data.person.erased", _("%(actor)s a effacé les données d’une personne"))
describe_action(
    "personal_data.person.restricted",
    _("%(actor)s a effacé les données d’une personne que la loi n’oblige pas à conserver"),
)
describe_action(
    "personal_data.needs.purged",
    _("%(actor)s a effacé des besoins d’accessibilité dont la durée de conservation est dépassée"),
)
