"""Services of Excel exports of plans. What every export goes through is `qualiforma.exports`'."""

from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language

from actionplans.exports.models import PlanExport
from actionplans.models import ActionPlan
from actionplans.services.shared import locked_plan
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import MissingError
from qualiforma.exports.lifecycle import AGAIN_WITHIN, Family
from qualiforma.exports.models import ExportState
from qualiforma.tenants.context import current_tenant


@audit.audited("actionplans.export.requested")
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


@audit.audited("actionplans.export.resent")
def resend_export(*, export: PlanExport, actor: Actor) -> PlanExport:
    """Mail the link again, to who asked; a file that is gone is made anew, as the plan is now.

    Errors: `ExportGoneError`.
    """
    return EXPORTS.resend(export.pk)


def make_export(*, export_id: str) -> None:
    """Write the workbook, store it, announce it."""
    EXPORTS.make(export_id)


def fail_export(*, export_id: str) -> None:
    """Record that a workbook is tried no more, and tell who asked for it."""
    EXPORTS.fail(export_id)


def open_link(*, export_id: str) -> None:
    """Record that the link was mailed and until when its file is kept."""
    EXPORTS.open_link(export_id)


def fetch_export(*, token: str) -> tuple[PlanExport, IO[bytes]]:
    """Return what a link leads to, with its file. Errors: those of `Family.fetch`."""
    return EXPORTS.fetch(token)


def purge_exports() -> int:
    """Delete the files whose time is over, and those that no export names; return how many."""
    return EXPORTS.purge()


def _write(export: PlanExport, file: IO[bytes], instant: datetime) -> tuple[str, Mapping[str, Any]]:
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
        reader = export.reader
        plans = ActionPlan.objects.visible_to(reader).with_progress().select_related("created_by")
        plan = plans.filter(pk=export.plan_id).first()
        if plan is None:
            raise MissingError
        write_workbook(Subject(plan, reader, current_tenant().name, instant), file)
    return file_name(plan.title, instant), {}


def _queue(export: PlanExport) -> None:
    from actionplans.jobs import build_export  # which calls this module

    build_export.enqueue({"export": export.pk})


def _announce(export: PlanExport) -> None:
    from actionplans.mails import export_ready

    export_ready.send(export=export.pk)


def _announce_failure(export: PlanExport) -> None:
    from actionplans.mails import export_failed

    export_failed.send(export=export.pk)


EXPORTS = Family(
    model=PlanExport,
    action="actionplans.export",
    link="export",
    folder="exports",
    write=_write,
    queue=_queue,
    announce=_announce,
    announce_failure=_announce_failure,
    gone=Q(plan__isnull=True),
)
