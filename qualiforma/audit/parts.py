"""Checking a long trail in parts, each in a process of its own, all on one snapshot.

A part begins at an entry that is there exactly once: the part before must end with it, and its hash
is what the part's first entry must follow.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from qualiforma.audit import chain
from qualiforma.audit.chain import Run
from qualiforma.audit.verify_trail import FIRST, Chain, Head
from qualiforma.tenants.connection import tenant_connection
from qualiforma.tenants.owner import libpq_address

# Fewer entries are checked sooner than a process is made.
LEAST = 50_000
POLL_SECONDS = 0.5
_CUTS = """
SELECT seq, hash, coalesce(substring(canonical FROM '"version": ([12])')::int, 1) FROM audit_event
WHERE seq = ANY(%s) ORDER BY seq
"""


@dataclass(frozen=True)
class Part:
    """What a process is to check: behind one entry, up to another; None is the end of all."""

    after: int | None
    until: int | None
    hash: str
    version: int
    expected: Head
    address: dict[str, Any]
    schema: str
    snapshot: str


def check_in_parts(expected: Head, on_entries: Callable[[int], None]) -> Chain | None:
    """Check the trail in as many processes as there are cores; needs a transaction to be open.

    Returns None where that is not worth it, or not possible. Errors: Django's of the database.
    """
    parts = _parts(expected)
    if len(parts) < 2:
        return None
    context = multiprocessing.get_context("fork")
    counted = context.Value("q", 0)
    try:
        with (
            connection.wrap_database_errors,
            ProcessPoolExecutor(len(parts), context, _begin, (counted,)) as pool,
        ):
            running = [pool.submit(_check, part) for part in parts]
            while wait(running, POLL_SECONDS).not_done:
                on_entries(counted.value)
            whole, *later = [one.result() for one in running]
    except BrokenProcessPool:  # one was killed: what is too much for several at once may do in one
        return None
    for one in later:
        whole.join(one)
    return whole


def _parts(expected: Head) -> list[Part]:
    last = chain.head()[0]
    count = min(os.cpu_count() or 1, last // LEAST)
    if count < 2:
        return []
    with connection.cursor() as cursor:
        cuts = [last * rank // count for rank in range(1, count)]
        cursor.execute(_CUTS, [cuts])
        found = cursor.fetchall()
        if [seq for seq, *_ in found] != cuts:
            return []
        cursor.execute("SELECT pg_export_snapshot()")
        [snapshot] = cursor.fetchone() or [""]
    address = libpq_address(connection.settings_dict)
    schema = str(tenant_connection.schema_name)
    borders = [(None, FIRST, 1), *found, (None, "", 1)]
    return [
        Part(after, until, digest, version, expected, address, schema, snapshot)
        for (after, digest, version), (until, *_) in pairwise(borders)
    ]


def _begin(counted: Any) -> None:
    """Keep what the processes count together."""
    globals()["_counted"] = counted


def _check(part: Part) -> Chain:
    """Check a part. Nothing of Django's connection is touched: it is the parent's."""
    checked = Chain(part.expected)
    checked.seq, checked.hash, checked.version = part.after or 0, part.hash, part.version
    counted = globals()["_counted"]
    with _on_snapshot(part) as run:
        for entry in chain.entries(after=part.after, until=part.until, run=run):
            checked.add(entry)
            if checked.count % chain.BATCH == 0:
                with counted.get_lock():
                    counted.value += chain.BATCH
    return checked


@contextmanager
def _on_snapshot(part: Part) -> Iterator[Run]:
    with psycopg.connect(**part.address, autocommit=True) as own:
        own.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        own.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(part.snapshot))
        own.execute(chain.ALL_ROWS)
        own.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(part.schema)))
        yield lambda statement, parameters: own.execute(statement.encode(), parameters).fetchall()
