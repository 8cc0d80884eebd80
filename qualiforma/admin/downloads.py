"""Files made of what a page shows: a list with its filters, one record. Each is an entry of the trail."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.audit.registry import recorded_models
from qualiforma.files import temporary_file
from qualiforma.spreadsheets import Row, csv_lines

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ROWS_MAX = 5000  # about half a second of a web process
PIECE_ROWS = 500
_Base: Any = RecordAdmin if TYPE_CHECKING else object


@dataclass(frozen=True)
class Column:
    """A column of a list's file. Shape: `value` gives a text, a number, a day, an instant or None."""

    title: "StrOrPromise"
    width: int
    value: Callable[[Any], Any]


Write = Callable[[Any, IO[bytes], datetime], None]


class Downloads(_Base):
    """Adds the files of a list (`download_columns`) and of one record (`download_files`)."""

    download_columns: ClassVar[tuple[Column, ...]] = ()
    # What stands in the address, such as "plan.pdf", to what writes it.
    download_files: ClassVar[Mapping[str, Write]] = {}
    list_after_template = "backoffice/download_list.html"

    def download_rows(self, records: list[Any]) -> list[Any]:
        """Return what the columns read, for a piece of the list."""
        return records

    def get_urls(self) -> list[URLPattern]:
        views = {
            "download_list": ("download/<slug:form>/", self.download_list_view),
            "download": ("<path:object_id>/download/<str:name>", self.download_view),
        }
        own = [
            path(route, self.admin_site.admin_view(view), name=self._route(name))
            for name, (route, view) in views.items()
        ]
        return [*own, *super().get_urls()]

    def _route(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        asked = request.GET.copy()
        asked.pop("p", None)  # the page that is shown is not a filter
        links = [
            (form, reverse(f"admin:{self._route('download_list')}", args=[form]))
            for form in ("xlsx", "csv")
        ]
        context = {"download_links": links, "download_query": asked.urlencode()}
        page: HttpResponse = super().changelist_view(request, context | (extra_context or {}))
        return page

    def download_list_view(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """Send the list with its filters, search and order, all pages. Memory: a piece of it."""
        if form not in {"xlsx", "csv"}:
            raise Http404
        if not self.has_view_permission(request) or request.method != "GET":
            raise PermissionDenied
        listed = reverse(f"admin:{self._route('changelist')}")
        try:
            found = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:  # the list says what it does not understand
            return HttpResponseRedirect(f"{listed}?e=1")
        keys = list(found.values_list("pk", flat=True)[: ROWS_MAX + 1])
        if len(keys) > ROWS_MAX:
            text = (
                _("Plus de %s fiches correspondent à ces filtres ; ajoutez un filtre.") % ROWS_MAX
            )
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(f"{listed}?{request.GET.urlencode()}")
        rows = self._pieces(found, keys)
        head = [str(one.title) for one in self.download_columns]
        with temporary_file() as file:
            if form == "csv":
                file.writelines(line.encode() for line in csv_lines(head, rows))
            else:
                from qualiforma.workbooks import Sheets

                sheets = Sheets()
                widths = [one.width for one in self.download_columns]
                sheets.add(str(self.opts.verbose_name_plural)[:31], head, rows, widths)
                sheets.save(file)
        filters = {name: value for name, value in request.GET.items() if value}
        noted = {"format": form, "rows": len(keys), "filters": filters}
        name = f"{slugify(self.opts.verbose_name_plural)}-{timezone.localdate():%Y-%m-%d}.{form}"
        return self._answer(request, file, name, "", noted)

    def _pieces(self, found: Any, keys: list[Any]) -> Iterable[Row]:
        for start in range(0, len(keys), PIECE_ROWS):
            piece = keys[start : start + PIECE_ROWS]
            by_key = found.order_by().in_bulk(piece)
            for record in self.download_rows([by_key[key] for key in piece if key in by_key]):
                yield [column.value(record) for column in self.download_columns]

    def download_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponseBase:
        """Send one record as a file."""
        record = self.get_object(request, unquote(object_id))
        write = type(self).download_files.get(name)
        if record is None or write is None:
            raise Http404
        if not self.has_view_permission(request, record) or request.method != "GET":
            raise PermissionDenied
        with temporary_file() as file:
            write(record, file, timezone.now())
        stem, _dot, form = name.rpartition(".")
        named = f"{stem}-{slugify(str(record))[:60] or record.pk}.{form}"
        return self._answer(request, file, named, record.pk, {"format": form, "name": name})

    def _answer(
        self, request: HttpRequest, file: Any, name: str, key: str, noted: dict[str, Any]
    ) -> HttpResponseBase:
        """Enter the export in the trail, then send the file."""
        file.seek(0)
        noted["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        kind = recorded_models[self.model].object_type
        actor = actor_of(request)
        with transaction.atomic():
            if key:
                with audit.action("records.record.exported", actor=actor):
                    audit.log_event(kind, key, **noted)
            else:
                with audit.action("records.list.exported", actor=actor):
                    audit.log_event(kind, **noted)
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=name)
