"""Forms that a service answers, and the page that asks before it changes a record."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from qualiforma.admin.form_errors import add_errors_to_form
from qualiforma.api.problems import page_status_of
from qualiforma.errors import RuleError

_Base: Any = ModelAdmin if TYPE_CHECKING else object
DONE = 303


def submit(form: forms.BaseForm, run: Callable[[], object]) -> int:
    """Call `run`, which calls one service, if the form is filled in rightly.

    The service opens its own transaction, after it has stored the files it was given. Return the
    status that the answer is to have: 303 when it is done, 200 when nothing was sent, 400 for errors
    of the form, or that of what the service refused, which then stands in the form.
    """
    if not form.is_bound:
        return 200
    if not form.is_valid():
        return 400
    try:
        run()
    except RuleError as refusal:
        add_errors_to_form(form, refusal)
        return page_status_of(refusal)
    return DONE


@dataclass(frozen=True)
class Question:
    """What a page asks: its texts, its form, and the service that answers."""

    title: Any
    consequence: Any
    icon: str
    done: Any
    run: Callable[[], object]
    form: forms.Form = field(default_factory=forms.Form)
    after: str = ""  # where one is led when it is done; the record's page without it
    button: Any = ""  # the title without it
    is_grave: bool = False


class RecordPages(_Base):
    """Pages below a record's own: who may open them, their addresses, and those that ask."""

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Lead home, as Django does; it would tell the id."""
        messages.warning(request, str(_("Cette fiche n’existe pas, ou n’existe plus.")))
        return HttpResponseRedirect(reverse("admin:index", current_app=self.admin_site.name))

    def record_of(self, request: HttpRequest, object_id: str, *, writing: bool = False) -> Any:
        """Return the record that an address names.

        Errors: `Http404`; `PermissionDenied` with `writing`, for who only reads here.
        """
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        if writing:
            self.require_write(request)
        return found

    def page_of(self, row: Model) -> str:
        """Return the address of a record's page."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[quote(row.pk)], current_app=self.admin_site.name)

    def list_page(self) -> str:
        """Return the address of the list."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return reverse(name, current_app=self.admin_site.name)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Show the new record, where the work goes on; the list where that was asked for."""
        if "_save" in request.POST:
            return cast("HttpResponse", super().response_post_save_add(request, obj))
        return HttpResponseRedirect(self.page_of(obj))

    def pages_below(self, **views: Callable[..., HttpResponse]) -> list[URLPattern]:
        """Return the addresses `<record>/<name>/` of views, each named `<app>_<model>_<name>`."""
        prefix = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"{prefix}_{name}",
            )
            for name, view in views.items()
        ]

    def ask(self, request: HttpRequest, row: Model, question: Question) -> HttpResponse:
        """Ask; on POST run the service and lead on, or show what it refused.

        The question's form is bound to what was posted; a question without fields needs none.
        """
        form, back = question.form, self.page_of(row)
        if request.method == "POST" and not form.fields:
            form = forms.Form(request.POST)
        status = submit(form, question.run)
        if status == DONE:
            messages.success(request, str(question.done))
            return HttpResponseRedirect(question.after or back)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": question.title,
            "question": question,
            "form": form,
            "row": row,
            "back": back,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "backoffice/ask.html", context, status=status)
