"""Sessions of the action-plans family. Source: api-action-plans, "Authentication"."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import CompanySession
from qualiforma.accounts.services.entries import enter_login
from qualiforma.accounts.services.sessions import identify
from qualiforma.errors import NotAllowedError
from qualiforma.sessionids import digest, new_session_id

# A session ends that long after its last use, and in any case that long after the login.
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
# Its end is moved no oftener than that: calls in a row cost one write.
STEP = timedelta(minutes=5)


def open_company_session(
    *,
    email: str,
    password: str,
    scope: str,
    address: str,
    may_enter: Callable[[Actor], bool],
) -> tuple[str, CompanySession]:
    """Open a session; return its id, which is kept nowhere, and the session.

    Errors: as `identify`; `NotAllowedError` for who `may_enter` says no to.
    """
    user = identify(email=email, password=password, scope=scope, address=address)
    actor = Actor.of(user)
    if not may_enter(actor):
        raise NotAllowedError
    session_id, now = new_session_id(scope), timezone.now()
    with transaction.atomic():
        enter_login("accounts.session.opened", user=user, address=address, actor=actor)
        session = CompanySession.objects.create(
            user=user,
            digest=digest(session_id),
            token_generation=user.token_generation,
            created_at=now,
            expires_at=now + IDLE,
        )
    return session_id, session


def find_company_session(*, session_id: str) -> CompanySession | None:
    """Return the living session of this id with its user, its end moved; None for any other.

    Cost: one query, a second one every few minutes.
    """
    now = timezone.now()
    session = (
        CompanySession.objects.select_related("user")
        .filter(digest=digest(session_id), expires_at__gt=now, user__is_active=True)
        .first()
    )
    if session is None or session.user.token_generation != session.token_generation:
        return None
    until = min(now + IDLE, session.created_at + LONGEST)
    if until - session.expires_at >= STEP:
        session.expires_at = until
        # Not `save`: a logout of this moment must not be undone.
        CompanySession.objects.filter(pk=session.pk).update(expires_at=until)
    return session


@transaction.atomic
def close_company_session(*, session: CompanySession) -> None:
    """End a session at once."""
    session.delete()


def purge_company_sessions() -> int:
    """Delete the sessions of the open tenant that have ended; return how many."""
    deleted, _per_model = CompanySession.objects.filter(expires_at__lte=timezone.now()).delete()
    return deleted
