"""Why a document is not taken, as its owner reads it; each ends « Ce fichier n’est pas admis : »."""

from django.utils.translation import gettext_lazy as _

JAVASCRIPT = _("il contient du JavaScript")
LAUNCH = _("il peut lancer un programme")
FILES_INSIDE = _("il contient d’autres fichiers")
MEDIA = _("il contient une animation qui s’exécute")
XFA = _("il contient un formulaire XFA, qui peut exécuter des scripts")
MACROS = _("il contient des macros")
TEMPLATE = _("il va chercher son modèle à une autre adresse")
OLE = _("il contient ou charge un objet d’un autre programme (OLE)")
ACTIVEX = _("il contient des contrôles ActiveX")
DDE = _("il demande ses données à un autre programme (DDE)")
IMPORTED = _("il charge une partie de son contenu d’un autre document")
UNSEEN = _("une partie en est chiffrée, abîmée ou trop volumineuse pour être examinée")


class UnseenError(Exception):
    """Something that cannot be read here, and that another program may read."""


class Budget:
    """How much may still be read of one file. Units: bytes."""

    def __init__(self, size: int) -> None:
        self._left = size

    def spend(self, size: int) -> None:
        """Errors: `UnseenError` when more was read than a file may have."""
        self._left -= size
        if self._left < 0:
            raise UnseenError
