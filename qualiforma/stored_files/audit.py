"""What the trail says of stored files."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import describe_action
from qualiforma.stored_files.checking import ALTERED

describe_action(
    ALTERED,
    _("Un fichier stocké n’est plus celui qui a été déposé : son téléchargement est refusé"),
)
