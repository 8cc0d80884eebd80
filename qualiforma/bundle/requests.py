"""Audit bundles asked for by API or on a page: made by a worker, mailed as a link."""

import shutil
from collections.abc import Mapping
from datetime import date
from typing import IO, Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.bundle.scope import Wish, settle
from qualiforma.bundle.sections import sections_in_order
from qualiforma.bundle.services import build_bundle
from qualiforma.exports.kinds import ExportKind, OnRows, Options, register
from qualiforma.exports.models import FileExport
from qualiforma.exports.services import request_file
from qualiforma.folders import temporary_folder

RECIPIENT_MAX = 200
# Of what is missing, as many items are kept beside the file; MANQUES.txt in it has them all.
MISSING_KEPT = 200


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

    with temporary_folder("bundle") as folder:
        output = folder / f"{scope.root}.zip"
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


def _day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")


def _may_ask(actor: Actor, _options: Options) -> bool:
    return may_export_bundle(actor)


BUNDLE_EXPORT = register(ExportKind("audit_bundle", _may_ask, _write))
