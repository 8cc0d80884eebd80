"""What every export goes through: made by a worker, mailed as a link, fetched, purged.

An export is asked for in one transaction with its job; made outside of any, then entered together
with its mail. A worker killed in between leaves a file that the next try replaces, never two mails.
"""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any, Generic, TypeVar

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from qualiforma import audit
from qualiforma.errors import ConflictError, MissingError
from qualiforma.exports.models import Export, ExportState
from qualiforma.files import discard, scope_folder, stored_below
from qualiforma.links import DeadLinkError, make_link, read_token
from qualiforma.stored_files.checking import open_unaltered
from qualiforma.stored_files.registry import StoredFileRows
from qualiforma.tenants.context import current_scope
from qualiforma.uploads import digest_of

E = TypeVar("E", bound=Export)
LIFETIME = timedelta(hours=24)
# Asked for again within it while one is queued: the same one.
AGAIN_WITHIN = timedelta(minutes=1)
# A file whose mail did not get through is kept as long as mails are tried, and some days.
UNSENT_KEPT = timedelta(days=7)
# Longer than any export takes.
ORPHAN_AGE = timedelta(days=1)
NO_MORE = Q(pk__in=[])
# An operator may have a job tried again that had failed for good.
TO_BE_MADE = frozenset({ExportState.QUEUED, ExportState.FAILED})


class ExportGoneError(ConflictError):
    """Neither the plan nor who asked is there any more."""

    code = "EXPORT_GONE"
    title = _(
        "Le plan a été supprimé ou la personne désactivée : l’export ne peut plus être envoyé"
    )


class ExpiredLinkError(Exception):
    """The link was right once."""


@dataclass(frozen=True)
class Family(Generic[E]):
    """What tells one model of exports from another.

    `action`: what its entries in the trail begin with. `link`: the purpose of its links. `folder`:
    where its files lie. `write` fills an open file and returns its name and what else is kept of it,
    by column, or raises `MissingError` when there is nothing to export any more. `gone`: rows whose
    subject is no more.
    """

    model: type[E]
    action: str
    link: str
    folder: str
    write: Callable[[E, IO[bytes], datetime], tuple[str, Mapping[str, Any]]]
    queue: Callable[[E], None]
    announce: Callable[[E], None]
    announce_failure: Callable[[E], None]
    gone: Q = NO_MORE

    def locked(self, export_id: str) -> E:
        """Return the current export, locked. Errors: `MissingError`."""
        rows = self._rows().select_for_update(of=("self",))
        export = rows.select_related("requested_by").filter(pk=export_id).first()
        if export is None:
            raise MissingError
        return export

    def resend(self, export_id: str) -> E:
        """Mail the link again, to who asked; a file that is gone is made anew, as things are now.

        Runs inside the caller's action. Errors: `ExportGoneError`.
        """
        export = self.locked(export_id)
        if not export.is_wanted():
            raise ExportGoneError
        if export.state == ExportState.READY and export.file_key:
            self._announce(export)
        elif export.state != ExportState.QUEUED:
            export.state = ExportState.QUEUED
            export.expires_at = None
            export.save(update_fields=["state", "expires_at"])
            self.queue(export)
        return export

    def make(self, export_id: str) -> None:
        """Write the file, store it, announce it. What is no longer wanted ends here quietly.

        Runs outside of any transaction; may be run again at any point.
        """
        rows = self._rows().select_related("requested_by")
        export = rows.filter(pk=export_id).first()
        if export is None or export.state not in TO_BE_MADE:
            return
        if not export.is_wanted():
            self._drop(export_id)
            return
        with tempfile.TemporaryFile() as file, override(export.language):
            instant = timezone.now()
            try:
                name, found = self.write(export, file, instant)
            except MissingError:
                self._drop(export_id)
                return
            file.seek(0, 2)
            size, sha256 = file.tell(), digest_of(file)
            key = scope_folder(self.folder, export.pk) + name
            default_storage.delete(key)  # of a try that was cut short
            key = default_storage.save(key, File(file))
        made = {**found, "file_key": key, "size": size, "sha256": sha256, "made_at": instant}
        self._finish(export_id, made)

    def fail(self, export_id: str) -> None:
        """Record that the export is tried no more, and tell who asked for it."""
        with audit.action(f"{self.action}.failed"):
            export = self.locked(export_id)
            if export.state != ExportState.QUEUED:
                return
            export.state = ExportState.FAILED
            export.save(update_fields=["state"])
            with override(export.language):
                self.announce_failure(export)

    def make_link(self, export: E) -> str:
        """Return a link for the mail that is being written. It is signed with the time of now."""
        return make_link(self.link, current_scope(), {"export": export.pk})

    def open_link(self, export_id: str) -> None:
        """Record that the link was mailed and until when its file is kept."""
        with audit.action(f"{self.action}.link_opened"):
            export = self.locked(export_id)
            export.expires_at = timezone.now() + LIFETIME
            export.save(update_fields=["expires_at"])

    def fetch(self, token: str) -> tuple[E, IO[bytes]]:
        """Return what a link of the open tenant leads to, with its file, and count the download.

        Errors: `DeadLinkError` for a link that was never right; `ExpiredLinkError` for one whose
        time is over, whose subject is deleted or whose owner may no longer have it;
        `MissingError`; `FileAlteredError`, `FileMissingError`.
        """
        signed = read_token(self.link, token)
        if signed["t"] != current_scope():
            raise DeadLinkError
        export = self._rows().filter(pk=str(signed.get("export"))).first()
        if export is None:
            raise MissingError
        try:
            read_token(self.link, token, max_age=LIFETIME)
        except DeadLinkError as error:
            raise ExpiredLinkError from error
        return self.hand_out(export)

    def hand_out(self, export: E) -> tuple[E, IO[bytes]]:
        """Return an export with its file, and count the download.

        The file is read before the trail is locked. Errors: `ExpiredLinkError`; `FileAlteredError`;
        `FileMissingError`: one that is gone is not called expired.
        """
        named = StoredFileRows(self.model, self.folder, "file_key", "size", "sha256")
        stored = next(named.named([export.file_key]), None) if export.file_key else None
        if stored is None or not export.can_be_fetched():
            raise ExpiredLinkError
        with ExitStack() as stack:
            file = stack.enter_context(open_unaltered(stored))
            export = self._count_download(export.pk)
            stack.pop_all()  # it is the caller's now
        return export, file

    def _count_download(self, export_id: str) -> E:
        with audit.action(f"{self.action}.downloaded"):
            export = self.locked(export_id)
            if not export.can_be_fetched():
                raise ExpiredLinkError
            export.downloads += 1
            export.save(update_fields=["downloads"])
            return export

    def purge(self) -> int:
        """Delete the files whose time is over, and those that no export names; return how many."""
        now = timezone.now()
        rows = self._rows()
        over = rows.exclude(file_key="").filter(
            Q(expires_at__lt=now)
            | Q(expires_at__isnull=True, made_at__lt=now - UNSENT_KEPT)
            | self.gone
        )
        for export_id in list(over.values_list("pk", flat=True)):
            self._purge(export_id)
        keys = [key for key, _size in stored_below(scope_folder(self.folder).rstrip("/"))]
        named = set(rows.filter(file_key__in=keys).values_list("file_key", flat=True))
        orphans = [
            key
            for key in keys
            if key not in named and default_storage.get_modified_time(key) < now - ORPHAN_AGE
        ]
        for key in orphans:
            default_storage.delete(key)
        return len(orphans)

    def _rows(self) -> "QuerySet[E]":
        return QuerySet(self.model)

    def _drop(self, export_id: str) -> None:
        with audit.action(f"{self.action}.dropped"):
            export = self.locked(export_id)
            if export.state in TO_BE_MADE:
                export.state = ExportState.DROPPED
                export.save(update_fields=["state"])

    def _finish(self, export_id: str, made: Mapping[str, Any]) -> None:
        """Enter the file and queue its mail, unless another worker was first."""
        with audit.action(f"{self.action}.made"):
            export = self.locked(export_id)
            if export.state not in TO_BE_MADE:
                return
            export.state, export.expires_at = ExportState.READY, None
            for name, value in made.items():
                setattr(export, name, value)
            export.save(update_fields=["state", "expires_at", *made])
            self._announce(export)

    def _purge(self, export_id: str) -> None:
        """Forget the file, then delete it: a file left by a crash in between is an orphan."""
        with audit.action(f"{self.action}.purged"):
            export = self.locked(export_id)
            key, export.file_key = export.file_key, ""
            export.save(update_fields=["file_key"])
            transaction.on_commit(lambda: discard(key))

    def _announce(self, export: E) -> None:
        with override(export.language):
            self.announce(export)
