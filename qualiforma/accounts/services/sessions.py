"""Logging in, and staying logged in. Source: api-conventions, "Authentication"."""

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import RefreshFamily, RefreshToken, User
from qualiforma.accounts.services.entries import enter_login
from qualiforma.accounts.tokens import InvalidTokenError, new_access_token
from qualiforma.errors import CredentialsError
from qualiforma.ratelimit.services import Limit, forgive, give_back, hit

REFRESH_LIFETIME = timedelta(days=14)
# Two tabs may present the same token; after this, presenting a spent one means it was stolen.
GRACE = timedelta(seconds=10)
# By account and network together: else anybody could lock a known account.
PER_ACCOUNT = Limit("login.account", most=10, window=timedelta(minutes=15))
# Failures only: offices share one address; this stops the guessing of many accounts.
PER_ADDRESS = Limit("login.address", most=100, window=timedelta(minutes=15))
PREFIX = "qfr_"  # lets a scanner of leaked secrets know what it found


@dataclass(frozen=True)
class Session:
    """What a login or a renewal hands out."""

    access_token: str
    refresh_token: str


def log_in(*, email: str, password: str, scope: str, address: str) -> Session:
    """Open a session of the API for whom these credentials identify. Errors: as `identify`."""
    user = identify(email=email, password=password, scope=scope, address=address)
    with transaction.atomic():
        enter_login("accounts.session.opened", user=user, address=address, actor=Actor.of(user))
        family = RefreshFamily.objects.create(user=user, token_generation=user.token_generation)
        return _session(user, family, scope)


def identify(*, email: str, password: str, scope: str, address: str) -> User:
    """Return the active user with these credentials in the open schema.

    `scope` names the tenant (or the platform), `address` where the call comes from.
    Errors: `TooManyError`; `CredentialsError`, the same for a wrong password, an unknown and an
    inactive user, after the same work.
    """
    email, network = email.strip().lower(), network_of(address)
    hit(PER_ADDRESS, network)
    hit(PER_ACCOUNT, email, network, scope=scope)
    user = _authenticated(email, password, address)
    forgive(PER_ACCOUNT, email, network, scope=scope)
    give_back(PER_ADDRESS, network)
    return user


def network_of(address: str) -> str:
    """Return what one caller has: an IPv4 address, or the /64 of IPv6 of which one has all."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def renew_session(*, refresh_token: str, scope: str) -> Session:
    """Exchange a refresh token for a new pair; the old one becomes invalid.

    A token spent less than `GRACE` ago is taken once more. An older one was stolen, by whoever
    came second: its whole family is revoked, and that is committed before the refusal.
    Errors: `InvalidTokenError` for an unknown, expired, revoked or reused token.
    """
    session = _renew(refresh_token, scope)
    if session is None:
        raise InvalidTokenError
    return session


@transaction.atomic
def close_session(*, refresh_token: str) -> None:
    """Revoke the token's family; an unknown token is closed already."""
    token = RefreshToken.objects.filter(digest=_digest(refresh_token)).first()
    if token is not None:
        _revoke(token.family_id)


def purge_refresh_tokens() -> int:
    """Delete expired tokens and families without any in the open tenant; return how many."""
    deleted, _per_model = RefreshToken.objects.filter(expires_at__lt=timezone.now()).delete()
    RefreshFamily.objects.filter(tokens__isnull=True).delete()
    return deleted


def _authenticated(email: str, password: str, address: str) -> User:
    """Return the user of these credentials. A refusal is recorded in the trail first.

    Of an account that does not exist nothing is kept but where the call came from: what was typed
    may be a password in the wrong field.
    """
    user = User.objects.filter(email=email).first()
    if user is None or not user.has_usable_password():
        make_password(password)  # the same work as the comparison below
        right = False
    else:
        right = check_password(password, user.password) and user.is_active
    if user is None or not right:
        enter_login("accounts.login.failed", user=user, address=address)
        raise CredentialsError
    return user


@transaction.atomic
def _renew(refresh_token: str, scope: str) -> Session | None:
    """Return a new session; None to refuse, which keeps a revocation made here."""
    now = timezone.now()
    found = RefreshToken.objects.filter(digest=_digest(refresh_token)).first()
    if found is None:
        return None
    family = RefreshFamily.objects.select_for_update().get(pk=found.family_id)
    token = RefreshToken.objects.get(pk=found.pk)  # as it is now that the family is ours
    user = User.objects.get(pk=family.user_id)
    if not _is_alive(family, token, user, now):
        return None
    if token.spent_at is not None and now - token.spent_at > GRACE:
        _revoke(family.pk)
        enter_login("accounts.session.revoked", user=user, address="")
        return None

    if token.spent_at is None:
        token.spent_at = now
        token.save(update_fields=["spent_at"])
    return _session(user, family, scope)


def _is_alive(family: RefreshFamily, token: RefreshToken, user: User, now: datetime) -> bool:
    return (
        family.revoked_at is None
        and token.expires_at > now
        and user.is_active
        and user.token_generation == family.token_generation
    )


def _revoke(family_id: str) -> None:
    RefreshFamily.objects.filter(pk=family_id, revoked_at=None).update(revoked_at=timezone.now())


def _session(user: User, family: RefreshFamily, scope: str) -> Session:
    secret = PREFIX + secrets.token_urlsafe(32)
    RefreshToken.objects.create(
        family=family, digest=_digest(secret), expires_at=timezone.now() + REFRESH_LIFETIME
    )
    return Session(access_token=new_access_token(user, scope), refresh_token=secret)


def _digest(refresh_token: str) -> str:
    """256 random bits need no salt and no slow hash."""
    return hashlib.sha256(refresh_token.encode()).hexdigest()
