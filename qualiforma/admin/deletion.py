"""A page that asks before a row is deleted for good."""

from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from qualiforma.accounts.actor import Actor
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.api.problems import page_status_of
from qualiforma.errors import RuleError


class DeletionAdmin(RecordAdmin):
    """Rows that a service deletes. What it refuses is said on the page that asked."""

    removing: ClassVar[Any]  # the page's title, and its button's
    removed: ClassVar[Any]  # what is said afterwards
    change_form_outer_before_template = "backoffice/remove_button.html"

    def remove(self, row: Any, actor: Actor) -> None:
        """By the service."""
        raise NotImplementedError

    def consequence_of(self, row: Any) -> Any:
        """Return what is lost with it."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.remove_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_remove"
        return [path("<path:object_id>/remove/", view, name=name), *super().get_urls()]

    def remove_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask; delete on POST."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        self.require_write(request)
        refusal = None
        if request.method == "POST":
            try:
                with transaction.atomic():
                    self.remove(row, actor_of(request))
            except RuleError as error:
                refusal = error
            else:
                messages.success(request, str(self.removed))
                page = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
                return HttpResponseRedirect(reverse(page))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.removing,
            "row": row,
            "consequence": self.consequence_of(row),
            "refusal": refusal and refusal.detail,
        }
        status = page_status_of(refusal) if refusal else 200
        return TemplateResponse(request, "backoffice/remove.html", context, status=status)
