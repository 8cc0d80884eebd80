"""Who may do what to compliance records. Source: api-conventions, "Roles"."""

from typing import TYPE_CHECKING

from django.db.models import Q

from compliance.querysets import READERS, REGISTER_READERS
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role

if TYPE_CHECKING:
    from compliance.models import Evidence, NeedsAnalysis

WRITERS = READERS - {Role.AUDITOR}
# The users who can be given a path: as for an enrollment, the person who works here may also learn.
LEARNERS = Q(is_active=True)


def can_read_records(actor: Actor) -> bool:
    """Read needs analyses and adaptive paths."""
    return actor.role in READERS


def can_write_records(actor: Actor) -> bool:
    """Create and change them."""
    return actor.role in WRITERS


def can_see_accessibility(actor: Actor, analysis: "NeedsAnalysis") -> bool:
    """See and change what was noted of a disability: ADMIN and the author, nobody else."""
    return actor.role == Role.ADMIN or analysis.created_by_id == actor.id


def can_manage_evidence(actor: Actor) -> bool:
    """Change, review and withdraw evidence."""
    return actor.role == Role.ADMIN


def can_read_evidence_contents(actor: Actor, evidence: "Evidence") -> bool:
    """Read more of it than title, dates and hash: an auditor not where it is confidential."""
    return not (evidence.confidential and actor.role == Role.AUDITOR)


def can_read_readiness(actor: Actor) -> bool:
    """See what the audit would find."""
    return actor.role in REGISTER_READERS


def can_change_organisation(actor: Actor) -> bool:
    """Change what the organisation says of itself."""
    return actor.role == Role.ADMIN


def can_read_audits(actor: Actor) -> bool:
    """Read audits and findings."""
    return actor.role in REGISTER_READERS


def can_manage_audits(actor: Actor) -> bool:
    """Plan, fill in and close audits; enter and follow findings."""
    return actor.role == Role.ADMIN
