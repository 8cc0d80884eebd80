"""What a person, and the organisation, choose of their reminders."""

from collections.abc import Mapping
from typing import Any

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.errors import NotAllowedError
from qualiforma.followup.models import SETTINGS_ID, ReminderPreference, ReminderSettings


def can_set_for_all(actor: Actor) -> bool:
    """Choose what holds for the organisation: ADMIN."""
    return actor.role == Role.ADMIN


@audit.audited("followup.preference.changed")
def change_preference(*, changes: Mapping[str, Any], actor: Actor) -> ReminderPreference:
    """Change what a person chose for themselves. `changes` are the model's fields."""
    defaults = _as_columns(changes)
    row, _made = ReminderPreference.objects.update_or_create(user_id=actor.id, defaults=defaults)
    return row


@audit.audited("followup.settings.changed")
def change_settings(*, changes: Mapping[str, Any], actor: Actor) -> ReminderSettings:
    """Change what holds for the organisation. Errors: `NotAllowedError`."""
    if not can_set_for_all(actor):
        raise NotAllowedError
    defaults = _as_columns(changes)
    row, _made = ReminderSettings.objects.update_or_create(pk=SETTINGS_ID, defaults=defaults)
    return row


@audit.audited("followup.preference.unsubscribed")
def unsubscribe(*, user: User) -> None:
    """End a person's reminders, as the link of a mail asks. Idempotent; a login turns them on again."""
    ReminderPreference.objects.update_or_create(user=user, defaults={"is_on": False})


def _as_columns(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes as the model stores them."""
    muted = {"muted": sorted(map(str, changes["muted"]))} if "muted" in changes else {}
    return {**changes, **muted}
