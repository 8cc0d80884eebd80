"""Errors that refuse a change to a plan."""

from django.utils.translation import gettext_lazy as _

from qualiforma.errors import ConflictError


class OpenActionsError(ConflictError):
    """A plan with unfinished actions cannot be closed."""

    code = "OPEN_ACTIONS"
    title = _("Des actions ne sont pas terminées")
    members = {"open_actions": "the ids of the actions that are neither DONE nor CANCELLED"}


class PolicyError(ConflictError):
    """Something is missing that this organisation does not do without."""

    code = "POLICY"
    title = _("Il manque des éléments que votre organisme exige")
    members = {"missing": "what is missing: a code and a sentence each"}


class PlanFrozenError(ConflictError):
    """A closed or archived plan is evidence; it does not change any more."""

    code = "PLAN_FROZEN"
    title = _("Ce plan est clôturé ou archivé et ne peut plus changer")
    members = {"current": "the plan's status", "allowed": "the statuses reachable from here"}


class NotCheckableError(ConflictError):
    """Only the effect of a closed plan can be checked."""

    code = "PLAN_NOT_CLOSED"
    title = _("L’efficacité se vérifie une fois le plan clôturé")
    members = {"current": "the plan's status"}


class VerifierIsDoerError(ConflictError):
    """Effects are to be checked by somebody else than who did the work."""

    code = "VERIFIER_IS_DOER"
    title = _(
        "Dans votre organisme, la personne qui a mené le plan ne peut pas en vérifier l’efficacité"
    )


class NotDeletableError(ConflictError):
    """Only a draft can be deleted."""

    code = "PLAN_NOT_DELETABLE"
    title = _("Seul un plan en brouillon peut être supprimé")
    members = {"current": "the plan's status", "deletable": "the statuses that can be deleted"}


class CloseRequiredError(ConflictError):
    """COMPLETED needs a report, hence its own call."""

    code = "CLOSE_REQUIRED"
    title = _("Un plan se clôture avec un rapport")
    members = {"allowed": "the statuses PATCH can set from here", "close": "the path to POST to"}


class TriggerFixedError(ConflictError):
    """The trigger of a started plan stays what it is."""

    code = "TRIGGER_FIXED"
    title = _("Le déclencheur ne change plus une fois le plan démarré")


class TooManyAttachmentsError(ConflictError):
    """A plan or a complaint holds a limited number of files."""

    code = "TOO_MANY_ATTACHMENTS"
    title = _("Le nombre maximal de pièces jointes est atteint")
    members = {"most": "how many files it can hold"}


class AlreadyAcknowledgedError(ConflictError):
    """A complaint is acknowledged once."""

    code = "ALREADY_ACKNOWLEDGED"
    title = _("L’accusé de réception est déjà noté")
    members = {"acknowledged_at": "when the complaint was acknowledged"}
