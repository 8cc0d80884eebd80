"""Count attempts and refuse what is too many.

Not Django's cache: its database back end reads, adds and writes, so that attempts made at once are
counted as one; here the database counts in one statement.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac
from psycopg import sql

from qualiforma.errors import TooManyError
from qualiforma.ratelimit.models import Counter

if TYPE_CHECKING:
    from qualiforma.tenants.models import Tenant

_HIT = (
    sql.SQL(
        "INSERT INTO {} AS c (id, scope, hits, window_ends) VALUES (%s, %s, 1, %s) "
        "ON CONFLICT (id) DO UPDATE SET "
        "hits = CASE WHEN c.window_ends <= %s THEN 1 ELSE c.hits + 1 END, "
        "window_ends = CASE WHEN c.window_ends <= %s THEN EXCLUDED.window_ends "
        "ELSE c.window_ends END RETURNING hits, window_ends"
    )
    .format(sql.Identifier("public", Counter._meta.db_table))
    .as_string()
)


@dataclass(frozen=True)
class Limit:
    """`most` attempts per `window` for each subject."""

    name: str
    most: int
    window: timedelta


def hit(limit: Limit, *subject: str, scope: str = "") -> None:
    """Count one attempt; it stays counted whatever happens to the caller's request.

    `scope` names the tenant to which the subject belongs, if any.

    Errors: `TooManyError` when more than `most` stand in the window. Cost: one statement, which
    must not run inside a transaction that may be rolled back.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _HIT,
            [_key(limit, subject, scope), scope, now + limit.window, now, now],
        )
        hits, ends = cursor.fetchone()
    if hits > limit.most:
        raise TooManyError(max(1, math.ceil((ends - now).total_seconds())))


def forgive(limit: Limit, *subject: str, scope: str = "") -> None:
    """Take the attempts of a subject back, once it has shown to be who it says."""
    Counter.objects.filter(pk=_key(limit, subject, scope)).delete()


def give_back(limit: Limit, *subject: str, scope: str = "") -> None:
    """Take one attempt back: it turned out to be none of those that are limited."""
    Counter.objects.filter(pk=_key(limit, subject, scope), hits__gt=0).update(hits=F("hits") - 1)


def purge_counters() -> int:
    """Delete the counters whose window has ended; return how many."""
    deleted, _per_model = Counter.objects.filter(window_ends__lt=timezone.now()).delete()
    return deleted


def forget_tenant(tenant: "Tenant") -> None:
    """Delete the counters of a tenant that is being deleted (`TENANT_REMOVERS`)."""
    Counter.objects.filter(scope=tenant.pk).delete()


def _key(limit: Limit, subject: tuple[str, ...], scope: str) -> str:
    joined = "\x00".join([limit.name, scope, *subject])
    return salted_hmac("qualiforma.ratelimit", joined, algorithm="sha256").hexdigest()
