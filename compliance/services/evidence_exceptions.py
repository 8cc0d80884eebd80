"""Errors that refuse a change to a piece of evidence."""

from django.utils.translation import gettext_lazy as _

from qualiforma.errors import ConflictError


class EvidenceWithdrawnError(ConflictError):
    """A withdrawn piece of evidence does not change any more."""

    code = "EVIDENCE_WITHDRAWN"
    title = _("Cette preuve est retirée et ne peut plus changer")
    members = {"current": "the evidence's status"}


class EvidenceFullError(ConflictError):
    """As many files or reviews as one piece of evidence may have."""

    code = "EVIDENCE_FULL"
    title = _("Cette preuve ne peut pas recevoir davantage de fichiers ou de revues")
    members = {"most": "how many it may have"}
