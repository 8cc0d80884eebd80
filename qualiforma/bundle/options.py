"""What the commands that export have in common: what they ask for, and how they end."""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import override
from tqdm import tqdm

from qualiforma.bundle.contents import Progress
from qualiforma.bundle.scope import Scope, Wish, settle
from qualiforma.bundle.services import LANGUAGE, Built
from qualiforma.errors import InvalidFieldsError, MissingError, RuleError
from qualiforma.tenants.context import get_tenant, tenant_context

COMPLETE, FAILED, MISUSED, INCOMPLETE = 0, 1, 2, 3
# What ends an export without being a fault of this program.
FAILURES = (OSError, DatabaseError, RuleError)
SHOWN = 20


def add_period(parser: CommandParser) -> None:
    """Add what every export can be told of its scope."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--from",
        type=day_argument,
        metavar="YYYY-MM-DD",
        help="first day; the day after the last audit, or a year before --to",
    )
    parser.add_argument("--to", type=day_argument, metavar="YYYY-MM-DD", help="last day; today")
    parser.add_argument(
        "--names",
        action="store_true",
        help="show the names of learners; without it they are pseudonyms",
    )
    parser.add_argument(
        "--reason", default="", help="why names are shown; needed with --names, kept in the trail"
    )
    parser.add_argument(
        "--head",
        type=int,
        metavar="SEQ",
        help="repeat an earlier export of a period that was not over: the sequence of the audit "
        "trail's entry in its manifest (trail, head)",
    )


def wish_of(options: Mapping[str, Any]) -> Wish:
    """Return what the options ask for."""
    one = options.get("enrollment") or ()
    return Wish(
        since=options["from"],
        until=options["to"],
        audit_day=options.get("audit_date"),
        enrollments=(one,) if isinstance(one, str) else tuple(one),
        sample=options.get("sample") or 0,
        seed=options.get("seed") or 0,
        names=options["names"],
        reason=options["reason"],
        generated_at=options.get("generated_at"),
        head=options["head"],
    )


@contextmanager
def settled(options: Mapping[str, Any]) -> Iterator[Scope]:
    """Open the tenant that the options name, with the scope they ask for.

    Errors: `CommandError`, status 2 for what cannot be asked, 1 for what failed.
    """
    try:
        place = tenant_context(get_tenant(options["tenant"]))
    except MissingError as error:
        raise CommandError(str(error.detail), returncode=MISUSED) from error
    with place, override(LANGUAGE):
        try:
            yield settle(wish_of(options))
        except (InvalidFieldsError, FileExistsError) as error:
            raise CommandError(said(error), returncode=MISUSED) from error
        except FAILURES as error:
            raise CommandError(said(error), returncode=FAILED) from error


def said(error: Exception) -> str:
    """Return the sentence about what failed."""
    if isinstance(error, InvalidFieldsError):
        return " ; ".join(f"--{one.field.replace('_', '-')} : {one.detail}" for one in error.errors)
    if isinstance(error, OSError):
        return f"le fichier n’a pas pu être écrit : {error.strerror or error}"
    return str(getattr(error, "detail", "") or error).splitlines()[0]


@contextmanager
def shown(label: str) -> Iterator[Progress]:
    """Show on a terminal's stderr what is being written and how far it is."""
    with tqdm(unit="", desc=label, disable=None) as bar:

        def progress(name: str, count: int) -> None:
            bar.set_description(f"{label} : {name}", refresh=False)
            bar.n = count
            bar.update(0)

        yield progress


def told(tenant: str, built: Built, *, is_dry: bool = False) -> Iterator[str]:
    """Yield the lines about what was built: what it holds, its sum, what is missing."""
    counts = ", ".join(f"{name} {count}" for name, count in built.counts.items())
    state = "complet" if built.is_complete else f"incomplet ({len(built.missing)} manques)"
    if is_dry:
        yield f"{tenant} : serait {state} ; {counts}"
    else:
        yield f"{tenant} : {built.path} : {state} ; {built.size} octets ; {counts}"
        yield f"{tenant} : sha256 {built.sha256}"
    yield from (f"{tenant} : manque : {one}" for one in built.missing[:SHOWN])
    if len(built.missing) > SHOWN:
        yield f"{tenant} : et {len(built.missing) - SHOWN} autres manques"


def status_of(built: Built) -> int:
    """Return the exit status that an export ends with."""
    return COMPLETE if built.is_complete else INCOMPLETE


def output_of(given: Path | None, name: str) -> Path:
    """Return the file that an export is written to: in a folder, if that is what is given."""
    if given is None:
        return Path(name)
    return given / name if given.is_dir() else given


def day_argument(text: str) -> date:
    """Read a day. Errors: `ValueError`, which the parser turns into a sentence."""
    return date.fromisoformat(text)


def instant_argument(text: str) -> datetime:
    """Read an instant; without an offset it is Paris's. Errors: `ValueError`."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else timezone.make_aware(found)
