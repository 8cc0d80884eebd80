"""A page that asks before a row is deleted for good."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.actor import Actor
from qualiforma.admin.asking import Question
from qualiforma.admin.records import RecordAdmin, actor_of


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
        return [*self.pages_below(remove=self.remove_view), *super().get_urls()]

    def remove_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask; delete on POST."""
        row = self.record_of(request, object_id, writing=True)
        question = Question(
            title=self.removing,
            consequence=self.consequence_of(row),
            icon="delete",
            done=self.removed,
            run=lambda: self.remove(row, actor_of(request)),
            after=self.list_page(),
            button=_("Supprimer"),
            is_grave=True,
        )
        return self.ask(request, row, question)
