"""Services of sessions."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.errors import FieldError
from qualiforma.training.models import Course, TrainingSession
from qualiforma.training.services.exceptions import SessionHeldError
from qualiforma.training.services.inputs import SessionDraft
from qualiforma.training.services.shared import (
    Errors,
    ExpectedVersions,
    given_id,
    insert,
    locked,
    not_active,
    refuse_any,
    shape_errors,
    unknown,
)
from qualiforma.versions import apply, differing, save

TRAINERS = frozenset({Role.TRAINER, Role.MANAGER, Role.ADMIN})
A_MOMENT = timedelta(microseconds=1)


@audit.audited("training.session.created")
def create_session(*, draft: SessionDraft, actor: Actor) -> TrainingSession:
    """Plan a session of a course, within one day of Paris. Errors: `InvalidFieldsError`."""
    session = TrainingSession(
        course_id=draft.course,
        title=draft.title.strip(),
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        mode=draft.mode,
        trainer_id=draft.trainer,
        **given_id(draft.id),
    )
    refuse_any(
        unknown("course", Course, draft.course) + no_trainer(draft.trainer) + _errors(session)
    )
    insert(session)
    return session


@audit.audited("training.session.changed")
def change_session(
    *,
    session: TrainingSession,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> TrainingSession:
    """Change fields; values equal to the present are no change.

    Errors: `InvalidFieldsError`; `SessionHeldError` for the course and the day of a session that
    somebody attended or signed for. A trainer who left is questioned only when the trainer changes.
    """
    session = locked(session, expected_versions)
    changes = differing(session, changes)
    if not changes:
        return session
    before = day_of(session.starts_at)
    apply(session, changes)
    errors = unknown("course", Course, changes.get("course")) + _errors(session)
    if "trainer" in changes:
        errors += no_trainer(session.trainer_id)
    refuse_any(errors)
    fixed = [name for name in ("course", "starts_at") if name in changes]
    if before == day_of(session.starts_at):
        fixed = [name for name in fixed if name != "starts_at"]
    if fixed and (session.attendances.exists() or session.signatures.exists()):
        raise SessionHeldError(fields=fixed)

    save(session, *changes)
    return session


def day_of(instant: datetime) -> date:
    """Return the day that it is in Paris then."""
    return timezone.localtime(instant).date()


def no_trainer(user_id: str) -> Errors:
    """Name somebody who is no active user, or none who trains. Cost: at most two queries."""
    if errors := not_active("trainer", user_id):
        return errors
    if User.objects.filter(pk=user_id, role__in=TRAINERS).exists():
        return []
    roles = ", ".join(sorted(TRAINERS))
    detail = _("Cette personne n’anime pas de session. Rôles admis : %s.") % roles
    return [FieldError("trainer", "role", detail)]


def _errors(session: TrainingSession) -> Errors:
    errors = shape_errors(session)
    if session.ends_at <= session.starts_at:
        errors.append(FieldError("ends_at", "too_early", _("La fin doit être après le début.")))
    elif day_of(session.starts_at) != day_of(session.ends_at - A_MOMENT):
        detail = _("Une session doit commencer et finir le même jour (heure de Paris).")
        errors.append(FieldError("ends_at", "another_day", detail))
    return errors
