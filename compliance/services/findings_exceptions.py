"""Errors that refuse a change to a finding."""

from django.utils.translation import gettext_lazy as _

from qualiforma.errors import ConflictError


class FindingLiftedError(ConflictError):
    """A finding that the certifier has lifted is evidence and does not change any more."""

    code = "FINDING_LIFTED"
    title = _("Ce constat est levé et ne peut plus changer")
    members = {"current": "the finding's status"}


class FindingHasPlanError(ConflictError):
    """One plan answers a finding."""

    code = "FINDING_HAS_PLAN"
    title = _("Un plan d’amélioration traite déjà ce constat")
    members = {"plan_id": "the plan that answers the finding"}


class FindingAuditedError(ConflictError):
    """What a closed audit found stays as it was found."""

    code = "FINDING_AUDITED"
    title = _("L’audit est clôturé : l’indicateur, la gravité et le texte ne peuvent plus changer")
    members = {"current": "the audit's status"}
