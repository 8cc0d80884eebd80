"""What happened to one record: the first entries on its page, all of them on a page of their own."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from qualiforma.admin.descriptions import history_entries
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.registry import recorded_models

SHOWN = 20
PER_PAGE = 100
SEQ_MAX = 2**63 - 1

_Base: Any = ModelAdmin if TYPE_CHECKING else object


def seq_of(text: str) -> int:
    """Read a sequence from an address; what is none is the largest."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else SEQ_MAX


class HistoryPages(_Base):
    """Pages of a model that the trail keeps."""

    def latest_history(self, record: Model) -> dict[str, Any]:
        """Return the context that `backoffice/history.html` shows. Cost: two queries."""
        found = list(_events_of(record)[: SHOWN + 1])
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_history"
        return {
            "history_entries": history_entries(found[:SHOWN]),
            "whole_history": reverse(name, args=[quote(record.pk)]) if len(found) > SHOWN else "",
        }

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the whole history, newest first, `PER_PAGE` entries at a time."""
        record = self.get_object(request, unquote(object_id))
        if record is None or type(record) not in recorded_models:
            raise Http404
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        events = _events_of(record).filter(seq__lte=seq_of(request.GET.get("until", "")))
        found = list(events[: PER_PAGE + 1])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Historique"),
            "record": record,
            "history_entries": history_entries(found[:PER_PAGE]),
            "older": found[PER_PAGE].seq if len(found) > PER_PAGE else None,
        }
        return TemplateResponse(request, "backoffice/history_page.html", context)


def _events_of(record: Model) -> Any:
    return AuditEvent.objects.filter(root_id=record.pk).order_by("-seq")
