"""Services of Excel exports: asked for, made by a worker, mailed, fetched, purged.

An export is asked for in one transaction with its job; made outside of any, then entered together
with its mail. A worker killed in between leaves a file that the next try replaces, never two mails.
"""

import logging
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from actionplans.exports.models import ExportState, PlanExport
from actionplans.models import ActionPlan
from actionplans.services.shared import locked_plan
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.errors import ConflictError, MissingError
from qualiforma.files import discard, stored_below, tenant_folder
from qualiforma.links import DeadLinkError, make_link, read_token
from qualiforma.stored_files.checking import open_stored
from qualiforma.tenants.context import current_scope, current_tenant
from qualiforma.uploads import digest_of

logger = logging.getLogger(__name__)
LINK = "export"
LIFETIME = timedelta(hours=24)
# Asked for again within it while one is queued: the same one.
AGAIN_WITHIN = timedelta(minutes=1)
# A file whose mail did not get through is kept as long as mails are tried, and some days.
UNSENT_KEPT = timedelta(days=7)
# Longer than any export takes.
ORPHAN_AGE = timedelta(days=1)


class ExportGoneError(ConflictError):
    """Neither the plan nor who asked is there any more."""

    code = "EXPORT_GONE"
    title = _(
        "Le plan a été supprimé ou la personne désactivée : l’export ne peut plus être envoyé"
    )


@audit.recorded("actionplans.export.requested")
def request_export(*, plan: ActionPlan, actor: Actor) -> PlanExport:
    """Have a plan exported and mailed to the caller, in the language of now.

    Source: public API, POST /company/action-plans/{planId}/excel.
    """
    plan = locked_plan(plan.pk)
    recent = PlanExport.objects.filter(
        plan=plan,
        requested_by=actor.id,
        state=ExportState.QUEUED,
        requested_at__gt=timezone.now() - AGAIN_WITHIN,
    ).first()
    if recent is not None:
        return recent
    export = PlanExport(
        plan=plan,
        plan_title=plan.title,
        requested_by_id=actor.id,
        role=actor.role,
        language=get_language() or "fr",
    )
    export.save(force_insert=True)
    _queue(export)
    return export


@audit.recorded("actionplans.export.resent")
def resend_export(*, export: PlanExport, actor: Actor) -> PlanExport:
    """Mail the link again, to who asked; a file that is gone is made anew, as the plan is now.

    Errors: `ExportGoneError`.
    """
    export = _locked(export.pk)
    if not export.is_wanted():
        raise ExportGoneError
    if export.state == ExportState.READY and export.file_key:
        _announce(export)
    elif export.state != ExportState.QUEUED:
        export.state = ExportState.QUEUED
        export.expires_at = None
        export.save(update_fields=["state", "expires_at"])
        _queue(export)
    return export


def make_export(*, export_id: str) -> None:
    """Write the workbook, store it, announce it. What is no longer wanted ends here quietly.

    Runs outside of any transaction; may be run again at any point.
    """
    export = PlanExport.objects.select_related("plan", "requested_by").filter(pk=export_id).first()
    if export is None or export.state != ExportState.QUEUED:
        return
    if not export.is_wanted():
        _drop(export_id=export_id)
        return
    with tempfile.TemporaryFile(suffix=".xlsx") as file, override(export.language):
        instant = timezone.now()
        try:
            name = _write(export, file, instant)
        except MissingError:
            _drop(export_id=export_id)
            return
        size, sha256 = file.tell(), digest_of(file)
        key = tenant_folder("exports", export.pk) + name
        default_storage.delete(key)  # of a try that was cut short
        key = default_storage.save(key, File(file))
    made = {"file_key": key, "size": size, "sha256": sha256, "made_at": instant}
    _finish(export_id=export_id, made=made)


def _write(export: PlanExport, file: IO[bytes], instant: datetime) -> str:
    """Write the workbook, from one state of the database; return the file's name.

    Errors: `MissingError` when the plan has been deleted meanwhile.
    """
    # Heavy, and needed by workers only.
    from actionplans.exports.workbook import Subject, file_name, write_workbook

    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        reader = Actor(export.requested_by_id, export.requested_by.name, Role(export.role))
        plans = ActionPlan.objects.visible_to(reader).with_progress().select_related("created_by")
        plan = plans.filter(pk=export.plan_id).first()
        if plan is None:
            raise MissingError
        write_workbook(Subject(plan, reader, current_tenant().name, instant), file)
    return file_name(plan.title, instant)


@audit.recorded("actionplans.export.dropped")
def _drop(*, export_id: str) -> None:
    export = _locked(export_id)
    if export.state == ExportState.QUEUED:
        export.state = ExportState.DROPPED
        export.save(update_fields=["state"])


@audit.recorded("actionplans.export.made")
def _finish(*, export_id: str, made: Mapping[str, Any]) -> None:
    """Enter the file and queue its mail, unless another worker was first."""
    export = _locked(export_id)
    if export.state != ExportState.QUEUED:
        return
    export.state, export.expires_at = ExportState.READY, None
    for name, value in made.items():
        setattr(export, name, value)
    export.save(update_fields=["state", "expires_at", *made])
    _announce(export)


def make_export_link(export: PlanExport) -> str:
    """Return a link for the mail that is being written. It is signed with the time of now."""
    return make_link(LINK, current_scope(), {"export": export.pk})


@audit.recorded("actionplans.export.link_opened")
def open_link(*, export_id: str) -> None:
    """Record that the link was mailed and until when its file is kept."""
    export = _locked(export_id)
    export.expires_at = timezone.now() + LIFETIME
    export.save(update_fields=["expires_at"])


class ExpiredLinkError(Exception):
    """The link was right once."""


def fetch_export(*, token: str) -> tuple[PlanExport, IO[bytes]]:
    """Return what a link of the open tenant leads to, with its file, and count the download.

    The file is read before the trail is locked. Errors: `DeadLinkError` for a link that was
    never right; `ExpiredLinkError` for one whose time is over, whose plan is deleted or whose owner
    is deactivated; `MissingError`; `FileAlteredError`.
    """
    signed = read_token(LINK, token)
    if signed["t"] != current_scope():
        raise DeadLinkError
    export = PlanExport.objects.filter(pk=str(signed.get("export"))).first()
    if export is None:
        raise MissingError
    try:
        read_token(LINK, token, max_age=LIFETIME)
    except DeadLinkError as error:
        raise ExpiredLinkError from error
    if not export.can_be_fetched():
        raise ExpiredLinkError
    with ExitStack() as stack:
        try:
            file = stack.enter_context(open_stored(export.file_key))
        except FileNotFoundError as error:
            raise ExpiredLinkError from error
        export = _count_download(export_id=export.pk)
        stack.pop_all()  # it is the caller's now
    return export, file


@audit.recorded("actionplans.export.downloaded")
def _count_download(*, export_id: str) -> PlanExport:
    export = _locked(export_id)
    if not export.can_be_fetched():
        raise ExpiredLinkError
    export.downloads += 1
    export.save(update_fields=["downloads"])
    return export


def purge_exports() -> int:
    """Delete the files whose time is over, and those that no export names; return how many."""
    now = timezone.now()
    over = PlanExport.objects.exclude(file_key="").filter(
        Q(expires_at__lt=now)
        | Q(plan__isnull=True)
        | Q(expires_at__isnull=True, made_at__lt=now - UNSENT_KEPT)
    )
    for export_id in list(over.values_list("pk", flat=True)):
        _purge(export_id=export_id)
    folder = tenant_folder("exports").rstrip("/")
    keys = [key for key, _size in stored_below(folder)]
    named = set(PlanExport.objects.filter(file_key__in=keys).values_list("file_key", flat=True))
    orphans = [
        key
        for key in keys
        if key not in named and default_storage.get_modified_time(key) < now - ORPHAN_AGE
    ]
    for key in orphans:
        default_storage.delete(key)
    return len(orphans)


@audit.recorded("actionplans.export.purged")
def _purge(*, export_id: str) -> None:
    """Forget the file, then delete it: a file left by a crash in between is an orphan."""
    export = _locked(export_id)
    key, export.file_key = export.file_key, ""
    export.save(update_fields=["file_key"])
    transaction.on_commit(lambda: discard(key))


def _locked(export_id: str) -> PlanExport:
    """Return the export as it stands now, locked. Errors: `MissingError`."""
    rows = PlanExport.objects.select_for_update(of=("self",)).select_related("requested_by")
    export = rows.filter(pk=export_id).first()
    if export is None:
        raise MissingError
    return export


def _queue(export: PlanExport) -> None:
    from actionplans.jobs import build_export  # which calls this module

    build_export.enqueue({"export": export.pk})


def _announce(export: PlanExport) -> None:
    from actionplans.mails import export_ready  # likewise

    with override(export.language):
        export_ready.send(export=export.pk)
