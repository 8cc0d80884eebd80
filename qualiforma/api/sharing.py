"""For whom a call is served, and when a call that would wait for a lock comes again.

How many workers an organisation gets: `qualiforma.runtime.turns`. Source: decisions 0018, 0035.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponseBase

from qualiforma import sessionids
from qualiforma.api.observe import SAFE_METHODS
from qualiforma.api.problems import TimedOutError, problem_response
from qualiforma.audit.waiting import trail_holder
from qualiforma.runtime.putoff import PUT_OFF, PutOff
from qualiforma.runtime.workers import ORGANISATION

# They never wait for the trail (`qualiforma.accounts.services.entries`).
LOGINS = frozenset(
    {"/api/v1/auth/login", "/api/v1/auth/refresh", sessionids.LOGIN[1], "/admin/login/"}
)
# An upload for an import is tried on copies (`qualiforma.training.importing.trials`).
TRIAL = re.compile(r"/admin/[a-z]+/[a-z]+/import/")


class SharingMiddleware:
    """Say for whom a call is served; put off one that would wait.

    Somebody may hold an organisation's trail for long: a command, an import, a transaction that
    hangs. Its calls that write would each hold a worker while they wait for it. They look first,
    and come again while the same transaction holds it; once another does, the trail moves on, and
    they queue for it in the database, for what is left of their time.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        tenant = getattr(request, "tenant", None)
        if tenant is None:
            return self.get_response(request)
        request.META[ORGANISATION] = tenant.pk
        put_off = self._put_off_of(request)
        return self._once_free(request, put_off) if put_off else self.get_response(request)

    def _once_free(self, request: HttpRequest, put_off: PutOff) -> HttpResponseBase:
        holder = trail_holder()
        if holder and put_off.holder in {0, holder}:
            put_off.holder = holder
            put_off.ask()  # where it may not, this is the answer
            return problem_response(request, TimedOutError())
        with _waiting_at_most(put_off.seconds_left) if put_off.holder else nullcontext():
            return self.get_response(request)

    @staticmethod
    def _put_off_of(request: HttpRequest) -> PutOff | None:
        """Return how this call can come again; None for one that waits for nothing."""
        is_reading = request.method in SAFE_METHODS or request.path in LOGINS
        is_reading = is_reading or TRIAL.fullmatch(request.path) is not None
        found: PutOff | None = request.META.get(PUT_OFF)
        return None if is_reading or settings.LOCK_TIMEOUT == 0 else found


@contextmanager
def _waiting_at_most(seconds: float) -> Iterator[None]:
    """Run a block whose statements wait for locks that long at most. Cost: two statements."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {max(100, round(seconds * 1000))}")
    try:
        yield
    finally:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = DEFAULT")
        except Error:  # the answer is made; the next connection has its own limit
            connection.close()
