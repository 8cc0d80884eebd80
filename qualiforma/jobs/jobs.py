"""Cleaning up by night."""

from django.contrib.sessions.backends.db import SessionStore

from qualiforma.accounts.services import purge_company_sessions, purge_refresh_tokens
from qualiforma.idempotency.services import purge_kept_answers
from qualiforma.jobs.nightly import nightly_on_the_platform_too
from qualiforma.jobs.queue import job, periodic
from qualiforma.jobs.services import purge_finished
from qualiforma.ratelimit.services import purge_counters


@periodic(name="jobs.clean_up_shared", cron="47 2 * * *")
def clean_up_shared() -> None:
    """Drop what has had its time of the shared rows."""
    purge_finished()
    purge_counters()


@nightly_on_the_platform_too
@job(name="jobs.clean_up_tenant")
def clean_up_tenant() -> None:
    """Drop spent refresh tokens, sessions that ended, and kept answers past their time."""
    SessionStore.clear_expired()
    purge_refresh_tokens()
    purge_company_sessions()
    purge_kept_answers()
