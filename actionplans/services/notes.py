"""Services of an action's execution log."""

from django.utils import timezone

from actionplans.models import Action, Note
from actionplans.services.shared import (
    ExpectedVersions,
    check_expected_versions,
    locked_action,
    save_action,
)
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import MissingError


@audit.audited("actionplans.note.added")
def add_note(
    *, action: Action, text: str, actor: Actor, expected_versions: ExpectedVersions = None
) -> Note:
    """Write an entry."""
    action = locked_action(action)
    check_expected_versions(action, expected_versions)
    note = Note(action=action, text=text, author_id=actor.id)
    note.save(force_insert=True)
    save_action(action, is_changed=False)
    return note


@audit.audited("actionplans.note.edited")
def edit_note(
    *, note: Note, text: str, actor: Actor, expected_versions: ExpectedVersions = None
) -> Note:
    """Write an entry anew; it is marked as edited. The same text again changes nothing."""
    note = _locked(note)
    check_expected_versions(note.action, expected_versions)
    if note.text == text:
        return note
    note.text = text
    note.edited_at = timezone.now()
    note.save(update_fields=["text", "edited_at"])
    save_action(note.action, is_changed=False)
    return note


@audit.audited("actionplans.note.deleted")
def delete_note(*, note: Note, actor: Actor, expected_versions: ExpectedVersions = None) -> Action:
    """Take an entry out of the log; return the action."""
    note = _locked(note)
    action: Action = note.action
    check_expected_versions(action, expected_versions)
    note.delete()
    save_action(action, is_changed=False)
    return action


def _locked(note: Note) -> Note:
    """Return the entry as it is now, its action locked. Errors: `MissingError`."""
    action = locked_action(note.action)
    row: Note | None = action.notes.filter(pk=note.pk).first()
    if row is None:
        raise MissingError
    row.action = action
    return row
