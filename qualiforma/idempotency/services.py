"""Run a keyed call once. Source: api-conventions, "Safe retries and concurrent edits"."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from qualiforma.errors import ConflictError, UnprocessableError
from qualiforma.idempotency.models import KeptAnswer

RETENTION = timedelta(days=7)
# How long a second call waits for the first before it is told to come back.
WAIT_MILLISECONDS = 100
LOCK_NOT_AVAILABLE = "55P03"
_CLAIM = (
    sql.SQL(
        "INSERT INTO {table} (id, body_digest, content, etag, created_at) "
        "VALUES (%s, %s, '', '', %s) ON CONFLICT (id) DO UPDATE SET "
        "body_digest = EXCLUDED.body_digest, created_at = EXCLUDED.created_at "
        "WHERE {table}.created_at < %s"
    )
    .format(table=sql.Identifier(KeptAnswer._meta.db_table))
    .as_string()
)


class InProgressError(ConflictError):
    """The first call with this key has not ended yet."""

    code = "IDEMPOTENCY_IN_PROGRESS"
    title = _("Une requête avec cette clé est en cours")
    retry_after = 1


class MismatchError(UnprocessableError):
    """The key was used with another body."""

    code = "IDEMPOTENCY_MISMATCH"
    title = _("Cette clé a déjà servi pour une autre requête")


@dataclass(frozen=True)
class Answer:
    """What is given again: status, body as sent, ETag."""

    status: int
    content: str
    etag: str = ""


def digest(*parts: str | bytes) -> str:
    """Return a keyed digest. Shape: 64 hex characters."""
    joined = b"\x00".join(part.encode() if isinstance(part, str) else part for part in parts)
    return salted_hmac("qualiforma.idempotency", joined, algorithm="sha256").hexdigest()


@transaction.atomic
def run_once(*, key: str, body: bytes, run: Callable[[], Answer]) -> Answer:
    """Return the answer of the first successful run for this key; run it when there was none.

    The key is claimed, the effect made and the answer kept in one transaction: after a crash
    either all of it is there or nothing. What `run` raises undoes the claim.
    Errors: `InProgressError` while another call holds the key; `MismatchError` for another body.
    """
    body_digest = digest(body)
    if not _claim(key, body_digest):
        kept = KeptAnswer.objects.get(pk=key)
        if kept.body_digest != body_digest:
            raise MismatchError
        return Answer(kept.status or 200, kept.content, kept.etag)

    answer = run()
    if 200 <= answer.status < 300:
        KeptAnswer.objects.filter(pk=key).update(
            status=answer.status, content=answer.content, etag=answer.etag
        )
    else:
        KeptAnswer.objects.filter(pk=key).delete()
    return answer


def _claim(key: str, body_digest: str) -> bool:
    """Insert the key; False when a kept answer has it. The unique key makes a rival wait."""
    expired = timezone.now() - RETENTION
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {WAIT_MILLISECONDS}")
            cursor.execute(_CLAIM, [key, body_digest, timezone.now(), expired])
            claimed = bool(cursor.rowcount == 1)
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == LOCK_NOT_AVAILABLE:
            raise InProgressError from error
        raise
    return claimed


def purge_kept_answers() -> int:
    """Delete what is older than the retention in the open tenant; return how many."""
    deleted, _per_model = KeptAnswer.objects.filter(
        created_at__lt=timezone.now() - RETENTION
    ).delete()
    return deleted
