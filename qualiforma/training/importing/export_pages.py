"""The pages of export, beside the list of each kind of record."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget

from qualiforma.accounts.actor import Actor
from qualiforma.admin.export_pages import to_page
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.exports.services import DIRECT_ROWS, request_file
from qualiforma.folders import temporary_folder
from qualiforma.spreadsheets import SHEET_ROWS
from qualiforma.training.importing.exporter import RECORDS, Choice, file_name, give
from qualiforma.training.importing.kinds import Kind
from qualiforma.training.importing.writers import FORMATS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_Base: Any = RecordAdmin if TYPE_CHECKING else object
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


class ExportForm(forms.Form):
    """Which format."""

    form = forms.ChoiceField(
        label=_("Format"),
        choices=[("xlsx", _("Classeur XLSX")), ("csv", _("CSV (points-virgules)"))],
        initial=FORMATS[0],
        widget=UnfoldAdminRadioSelectWidget,
    )


def _exported(kind: Kind, form: str, count: int, actor: Actor) -> HttpResponseBase:
    """Return the file of few records, or the page of an export that a worker makes."""
    if count > DIRECT_ROWS:
        return to_page(
            request_file(
                kind=RECORDS,
                title=f"{kind.title} ({form.upper()})",
                rows=count,
                options={"kind": kind.name, "format": form},
                actor=actor,
            )
        )
    return _file_of(kind, form, actor)


def _too_many(form: ExportForm, count: int, *, is_part: bool) -> "StrOrPromise":
    """Return why a file cannot hold that many records, an empty text where it can."""
    if form.cleaned_data["form"] == "xlsx" and count > SHEET_ROWS:
        return _("Un classeur ne peut pas contenir autant de lignes : choisissez le format CSV.")
    if is_part and count > DIRECT_ROWS:
        return _("Plus de %s fiches correspondent à ces filtres ; ajoutez un filtre.") % DIRECT_ROWS
    return ""


def _file_of(kind: Kind, form: str, actor: Actor, choice: Choice | None = None) -> HttpResponseBase:
    with temporary_folder("export") as folder:
        made = Path(folder, f"export.{form}")
        give(kind, made, actor=actor, form=form, choice=choice)
        file = made.open("rb")  # read by the answer when the name is gone
    name = file_name(kind, form)
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[form])


class ExportPages(_Base):
    """Export: a file of what the list shows, which an import reads back."""

    exchanged: ClassVar[Kind]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for the format, hand out the file; much is a worker's. By POST: it is an entry."""
        actor = actor_of(request)
        if not self.exchanged.may_export(actor):
            raise PermissionDenied
        form = ExportForm(request.POST or None)
        try:
            chosen = self._chosen(request)
        except IncorrectLookupParameters:  # the list says what it does not understand
            return HttpResponseRedirect(f"{self._url('changelist')}?e=1")
        count = (self.exchanged.records() if chosen is None else chosen).count()
        status = 200
        if form.is_valid() and (refusal := _too_many(form, count, is_part=chosen is not None)):
            form.add_error("form", refusal)
            status = 409
        if not form.is_valid():
            context = {
                "form": form,
                "count": count,
                "is_long": count > DIRECT_ROWS,
                "is_part": chosen is not None,
                "list_url": f"{self._url('changelist')}?{request.GET.urlencode()}",
            }
            answer: HttpResponseBase = self._page(request, "export", _("Exporter"), context, status)
            return answer
        wanted = form.cleaned_data["form"]
        if chosen is None:
            return _exported(self.exchanged, wanted, count, actor)
        filters = {name: str(value) for name, value in request.GET.items() if value}
        return _file_of(self.exchanged, wanted, actor, Choice(chosen, filters))

    def _chosen(self, request: HttpRequest) -> QuerySet[Any] | None:
        """Return what the list showed with its filters and search; None without any."""
        if not any(request.GET.values()):
            return None
        listed: QuerySet[Any] = self.get_changelist_instance(request).get_queryset(request)
        return listed

    def _export_url(self, request: HttpRequest) -> str:
        """Return the page of the export, with the filters and the search of the list."""
        asked = request.GET.copy()
        asked.pop("p", None)  # the page that is shown is not a filter
        query = f"?{asked.urlencode()}" if asked else ""
        return f"{self._url('export')}{query}"
