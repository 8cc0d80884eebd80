"""Errors that refuse a change to a path."""

from django.utils.translation import gettext_lazy as _

from qualiforma.errors import ConflictError


class PathAssignedError(ConflictError):
    """A path that a learner was given is evidence of why; it is not deleted."""

    code = "PATH_ASSIGNED"
    title = _("Ce parcours est affecté à un apprenant et ne peut plus être supprimé")
    members = {"assignments": "how many learners have the path"}


class AlreadyAssignedError(ConflictError):
    """A learner gets a path once, and keeps the version that it had then."""

    code = "PATH_ALREADY_ASSIGNED"
    title = _("Ce parcours est déjà affecté à cet apprenant")
    members = {"assigned_at": "when it was", "version": "the version that the learner keeps"}
