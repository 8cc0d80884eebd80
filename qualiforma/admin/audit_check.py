"""Checking the trail's chain from its page: at once when it is short, else by a worker."""

from collections.abc import Callable

from django.db import transaction

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.audit import chain, checking
from qualiforma.audit.checking import Progress
from qualiforma.exports import progress
from qualiforma.jobs.queue import job

# What a request may check itself: a third of a second. More is a worker's.
DIRECT_ENTRIES = 5_000
# How often a worker says how far it is, in seconds.
STEP_SECONDS = 1.0
KEY = "audit.check"


@transaction.atomic
def begin_check(*, actor: Actor) -> Progress | None:
    """Check the chain, or have it checked: then None. One check runs at a time."""
    seq, _hash = chain.head()
    if seq <= DIRECT_ENTRIES:
        return _check(actor, lambda _seq: None)
    if progress.begin(KEY, seq):
        check_chain.enqueue({"user": actor.id})
    return None


@job(name="audit.check_chain", atomic=False, long=True)
def check_chain(*, user: str) -> None:
    """Check the chain from its first entry, and enter the outcome. A repetition begins anew."""
    with progress.telling(KEY) as tell:
        _check(Actor.of(User.objects.get(pk=user)), tell)
    progress.end(KEY)


def _check(actor: Actor, tell: Callable[[int], None]) -> Progress:
    reached = Progress()
    while not reached.is_done:
        reached = checking.check_on(reached, seconds=STEP_SECONDS)
        tell(reached.seq)
    checking.note(reached, actor=actor)
    return reached
