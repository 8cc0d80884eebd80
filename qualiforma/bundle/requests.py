"""Audit bundles asked for by API or on a page: made by a worker, mailed as a link."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.bundle.archive import remove_leavings
from qualiforma.bundle.scope import Wish, settle
from qualiforma.bundle.sections import sections_in_order
from qualiforma.bundle.services import build_bundle
from qualiforma.exports.kinds import ExportKind, OnRows, Options, register
from qualiforma.exports.models import FileExport
from qualiforma.exports.services import request_file

RECIPIENT_MAX = 200
# Of what is missing, as many items are kept beside the file; MANQUES.txt in it has them all.
MISSING_KEPT = 200
FOLDER = "qualiforma-bundle-"


def may_export_bundle(actor: Actor) -> bool:
    """Say whether this person may have bundles made. Source: evidence, "Audit bundle"."""
    return actor.role == Role.ADMIN


def request_bundle(*, wish: Wish, recipient: str, actor: Actor) -> FileExport:
    """Have a bundle made and a link mailed to the caller; what it is of is settled now.

    The instant written in it is that of the request, so that a second try of the worker over a closed
    period makes the same bytes. Errors: `InvalidFieldsError`; `NotAllowedError`.
    """
    scope = settle(wish)
    sections = sections_in_order()
    for section in sections:
        if section.check:
            section.check(scope)
    options = {
        "from": scope.since.isoformat(),
        "to": scope.until.isoformat(),
        "auditDate": scope.audit_day.isoformat(),
        "enrollments": list(scope.enrollments),
        "sample": scope.sample,
        "seed": scope.seed,
        "names": scope.names,
        "reason": scope.reason,
        "recipient": recipient,
    }
    told = {"from": _day(scope.since), "to": _day(scope.until)}
    return request_file(
        kind=BUNDLE_EXPORT,
        title=_("Dossier d’audit du %(from)s au %(to)s") % told,
        rows=len(sections),
        options=options,
        actor=actor,
    )


def _write(export: FileExport, file: IO[bytes], on_rows: OnRows) -> tuple[str, Mapping[str, Any]]:
    asked = export.options
    wish = Wish(
        since=date.fromisoformat(asked["from"]),
        until=date.fromisoformat(asked["to"]),
        audit_day=date.fromisoformat(asked["auditDate"]),
        enrollments=tuple(asked["enrollments"]),
        sample=asked["sample"],
        seed=asked["seed"],
        names=asked["names"],
        reason=asked["reason"],
        generated_at=export.requested_at,
    )
    scope = settle(wish)
    begun: list[str] = []

    def progress(name: str, count: int) -> None:
        if count == 0 and name not in begun:
            begun.append(name)
            on_rows(len(begun))

    remove_leavings(Path(tempfile.gettempdir()), f"{FOLDER}*")
    with tempfile.TemporaryDirectory(prefix=FOLDER) as folder, _locked(Path(folder)):
        output = Path(folder) / f"{scope.root}.zip"
        built = build_bundle(
            scope, output, progress=progress, actor=export.reader, recipient=asked["recipient"]
        )
        with output.open("rb") as made:
            shutil.copyfileobj(made, file)
    result = {
        "counts": built.counts,
        "files": built.files,
        "missing": [str(one) for one in built.missing[:MISSING_KEPT]],
        "missingCount": len(built.missing),
    }
    return output.name, result


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, which the system releases when the worker is killed.

    What it leaves holds what people are called: the next bundle removes it (`remove_leavings`).
    The lock has its name only once it is held.
    """
    with (folder / "new").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "new").rename(folder / "lock")
        yield


def _day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")


def _may_ask(actor: Actor, _options: Options) -> bool:
    return may_export_bundle(actor)


BUNDLE_EXPORT = register(ExportKind("audit_bundle", _may_ask, _write))
