"""Services of an action's execution log."""

from django.utils import timezone

from actionplans.models import Action, Note
from actionplans.services.shared import Seen, check_seen, locked_action, save_action
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import MissingError


@audit.recorded("actionplans.note.added")
def add_note(*, action: Action, text: str, actor: Actor, seen: Seen = None) -> Note:
    """Write an entry."""
    action = locked_action(action)
    check_seen(action, seen)
    note = Note(action=action, text=text, author_id=actor.id)
    note.save(force_insert=True)
    save_action(action, is_changed=False)
    return note


@audit.recorded("actionplans.note.edited")
def edit_note(*, note: Note, text: str, actor: Actor, seen: Seen = None) -> Note:
    """Write an entry anew; it is marked as edited. The same text again changes nothing."""
    note = _locked(note)
    check_seen(note.action, seen)
    if note.text == text:
        return note
    note.text = text
    note.edited_at = timezone.now()
    note.save(update_fields=["text", "edited_at"])
    save_action(note.action, is_changed=False)
    return note


@audit.recorded("actionplans.note.deleted")
def delete_note(*, note: Note, actor: Actor, seen: Seen = None) -> Action:
    """Take an entry out of the log; return the action."""
    note = _locked(note)
    action: Action = note.action
    check_seen(action, seen)
    note.delete()
    save_action(action, is_changed=False)
    return action


def _locked(note: Note) -> Note:
    """Return the entry as it stands now, its action locked. Errors: `MissingError`."""
    action = locked_action(note.action)
    row: Note | None = action.notes.filter(pk=note.pk).first()
    if row is None:
        raise MissingError
    row.action = action
    return row
