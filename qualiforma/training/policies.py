"""Who may do what to training records. Source: api-conventions, "Roles"."""

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.training.querysets import RECORD_READERS

RECORD_WRITERS = frozenset({Role.ADMIN, Role.MANAGER, Role.TRAINER})
RECORD_IMPORTERS = frozenset({Role.ADMIN, Role.MANAGER})
RECORD_EXPORTERS = frozenset({Role.ADMIN, Role.MANAGER, Role.AUDITOR})


def can_read_records(actor: Actor) -> bool:
    """Read companies, courses, enrollments, sessions, questionnaires and what belongs to them."""
    return actor.role in RECORD_READERS


def can_manage_records(actor: Actor) -> bool:
    """Enter and change them."""
    return actor.role in RECORD_WRITERS


def can_import_records(actor: Actor) -> bool:
    """Bring many records in at once, from a file."""
    return actor.role in RECORD_IMPORTERS


def can_export_records(actor: Actor) -> bool:
    """Take all records out, as a file."""
    return actor.role in RECORD_EXPORTERS
