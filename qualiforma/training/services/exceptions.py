"""Errors that refuse a change to training records."""

from django.utils.translation import gettext_lazy as _

from qualiforma.errors import ConflictError


class AlreadyEnrolledError(ConflictError):
    """A learner follows a course once at a time."""

    code = "ALREADY_ENROLLED"
    title = _("Cette personne suit déjà cette formation")
    members = {"enrollment_id": "the active enrollment of this learner in this course"}


class AlreadySignedError(ConflictError):
    """A half-day is signed once; what was wrong is corrected by naming it."""

    code = "ALREADY_SIGNED"
    title = _(
        "Cette demi-journée est déjà émargée ; pour corriger, indiquez l’émargement à remplacer"
    )
    members = {"signature_id": "the signature that counts, which a correction names as `replaces`"}


class AlreadyReplacedError(ConflictError):
    """A signature is corrected once; the next correction is about the correction."""

    code = "ALREADY_REPLACED"
    title = _("Cet émargement est déjà remplacé")
    members = {"signature_id": "the signature that counts, which a correction names as `replaces`"}


class NotCompletedError(ConflictError):
    """Only a completed course is certified."""

    code = "NOT_COMPLETED"
    title = _("Seule une inscription terminée donne une attestation")
    members = {
        "current": "the enrollment's status",
        "allowed": "the statuses in which a certificate is issued",
    }


class AlreadyCertifiedError(ConflictError):
    """One certificate for one enrollment."""

    code = "ALREADY_CERTIFIED"
    title = _("L’attestation de cette inscription est déjà délivrée")
    members = {"certificate_id": "the certificate of this enrollment"}


class NumberTakenError(ConflictError):
    """Certificates are numbered without a gap: a number brought along must be the next."""

    code = "CERTIFICATE_NUMBER"
    title = _("Ce numéro d’attestation n’est pas le suivant de son année")
    members = {"next": "the number that the next certificate of that year has"}


class SessionHeldError(ConflictError):
    """What attendances and signatures were given for stays what it was."""

    code = "SESSION_HELD"
    title = _(
        "Cette session a des présences ou des émargements : sa formation et sa date ne "
        "peuvent plus changer"
    )
    members = {"fields": "the fields that cannot change any more"}


class AnsweredError(ConflictError):
    """Answers that were scored keep their maximum score."""

    code = "QUESTIONNAIRE_ANSWERED"
    title = _("Ce questionnaire a déjà des réponses : certains champs ne peuvent plus changer")
    members = {"fields": "the fields that cannot change any more"}
