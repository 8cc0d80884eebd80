"""Errors that refuse a change to an audit."""

from django.utils.translation import gettext_lazy as _

from qualiforma.errors import ConflictError


class AuditClosedError(ConflictError):
    """A closed audit is evidence and does not change any more."""

    code = "AUDIT_CLOSED"
    title = _("Cet audit est clôturé et ne peut plus changer")
    members = {"current": "the audit's status"}


class AuditNotStartedError(ConflictError):
    """Nothing is judged before the audit has begun."""

    code = "AUDIT_NOT_STARTED"
    title = _("Cet audit n’a pas commencé : démarrez-le avant d’y noter une appréciation")
    members = {"current": "the audit's status"}


class NotJudgedError(ConflictError):
    """An audit is closed once every indicator of its scope has been judged."""

    code = "INDICATORS_NOT_JUDGED"
    title = _("Des indicateurs du périmètre restent à examiner")
    members = {"indicators": "the numbers of the indicators that are not judged"}


class ScopeJudgedError(ConflictError):
    """An indicator with a judgement or a comment stays in the scope."""

    code = "SCOPE_JUDGED"
    title = _("Une appréciation ou un commentaire est déjà noté pour un indicateur à retirer")
    members = {"indicators": "the numbers of the indicators that cannot be taken out"}


class AuditBegunError(ConflictError):
    """Only an audit that has not begun can be deleted."""

    code = "AUDIT_BEGUN"
    title = _("Seul un audit qui n’a pas commencé peut être supprimé")
    members = {"current": "the audit's status"}
