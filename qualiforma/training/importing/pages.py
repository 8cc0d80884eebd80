"""The pages of import and export, beside the list of each kind of record."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
)

from qualiforma.accounts.actor import Actor
from qualiforma.admin.form_errors import add_errors_to_form
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.api.problems import page_status_of
from qualiforma.errors import RuleError
from qualiforma.folders import temporary_folder
from qualiforma.stored_files.checking import open_stored
from qualiforma.training.importing import jobs, uploads
from qualiforma.training.importing.alphabets import CHOSEN
from qualiforma.training.importing.export_pages import TYPES, ExportPages
from qualiforma.training.importing.exporter import write_template
from qualiforma.training.importing.importer import Mode
from qualiforma.training.importing.kinds import KINDS, Kind
from qualiforma.training.importing.missing import INVITATIONS, choices_of
from qualiforma.training.importing.models import Became, ImportStatus, RecordImport
from qualiforma.training.importing.reports import report_file, write_refusal, written_file

if TYPE_CHECKING:
    pass

_Base: Any = RecordAdmin if TYPE_CHECKING else object


def _csv(file: Any, name: str) -> FileResponse:
    """Answer with a file, which is read when its name may be gone."""
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES["csv"])


@transaction.atomic
def _confirm(found: RecordImport, mode: Mode, actor: Actor) -> RecordImport:
    """Confirm, write a short file's first piece, leave the rest to a worker."""
    is_new = found.status == ImportStatus.CHECKED
    found = uploads.confirm(running=found, mode=mode, actor=actor)
    if is_new and uploads.is_direct(found):
        uploads.write(found, is_first_only=True)  # what fails may be confirmed again
    if found.status == ImportStatus.IMPORTING:
        jobs.carry_out_import.enqueue({"running": found.pk})
    return found


def _try(running: RecordImport) -> None:
    """Try a short file at once, and leave a long one to a worker."""
    if running.status != ImportStatus.CHECKING:
        return
    if uploads.is_tried_at_once(running):
        uploads.check(running)  # what fails leaves nothing that seems to run
    else:
        jobs.check_import.enqueue({"running": running.pk})


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=_("Fichier"),
        help_text=_("Classeur XLSX ou ODS, ou CSV, 20 Mo et 100 000 lignes au plus."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".xlsx,.ods,.csv,.tsv,.txt"}),
    )

    alphabet = forms.ChoiceField(
        label=_("Encodage du fichier CSV"),
        choices=[("", _("Reconnu automatiquement")), *CHOSEN.items()],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    creates = forms.MultipleChoiceField(
        label=_("Créer en même temps"),
        help_text=_("La vérification montre ce qui serait créé."),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def __init__(self, *args: Any, kind: Kind, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = choices_of(kind, actor)
        if choices:
            cast("forms.MultipleChoiceField", self.fields["creates"]).choices = choices
        else:
            del self.fields["creates"]


class ImportFiles(ExportPages):
    """What an import hands out: how far it is, its refused rows, what it has written."""

    def state_view(self, request: HttpRequest, running: str) -> JsonResponse:
        """Say how far it is, for the page's script."""
        found = self._running(request, running)
        is_running = found.is_running and not uploads.is_interrupted(found)
        return JsonResponse(
            {"running": is_running, "done": found.done, "total": found.total},
            headers={"Cache-Control": "no-store"},
        )

    def report_view(self, request: HttpRequest, running: str) -> HttpResponseBase:
        """Hand out the refused rows: the trial's, then those of what is written."""
        found = self._running(request, running)
        name = f"{self.exchanged.name}-refus.csv"
        if not found.position:
            try:
                return _csv(open_stored(found.report_key), name)
            except FileNotFoundError as error:
                raise Http404 from error
        with temporary_folder("import") as folder:
            made = Path(folder, "report.csv")
            with report_file(made) as writer:
                for refusal in uploads.refusals_of(found):
                    write_refusal(writer, refusal)
            return _csv(made.open("rb"), name)

    def refused_view(self, request: HttpRequest, running: str) -> HttpResponseBase:
        """Hand out the refused rows with their own columns, to be corrected and sent again."""
        found = self._running(request, running)
        name = f"{self.exchanged.name}-a-corriger.xlsx"
        with temporary_folder("import") as folder:
            made = Path(folder, "refused.xlsx")
            try:
                uploads.write_refused(found, made)
            except FileNotFoundError as error:
                raise Http404 from error
            return FileResponse(
                made.open("rb"), as_attachment=True, filename=name, content_type=TYPES["xlsx"]
            )

    def written_view(self, request: HttpRequest, running: str) -> HttpResponseBase:
        """Hand out which records are created and changed, with their ids."""
        found = self._running(request, running)
        written = Q(became__in=[Became.CREATED, Became.CHANGED]) | ~Q(made=[])
        rows = found.rows.filter(written).select_related("running").order_by("number")
        with temporary_folder("import") as folder:
            made = Path(folder, "written.csv")
            written_file(made, rows.iterator())
            return _csv(made.open("rb"), f"{self.exchanged.name}-import.csv")

    def _require_import(self, request: HttpRequest) -> None:
        if not self.exchanged.may_import(actor_of(request)):
            raise PermissionDenied

    def _running(self, request: HttpRequest, running: str) -> RecordImport:
        self._require_import(request)
        found = RecordImport.objects.filter(pk=running, kind=self.exchanged.name).first()
        if found is None:
            raise Http404
        return found


class ExchangePages(ImportFiles):
    """Import: upload, see what would happen, confirm. Export: a file that an import reads back."""

    list_before_template = "exchange/buttons.html"

    def get_urls(self) -> list[URLPattern]:
        views = {
            "import": ("import/", self.upload_view),
            "import_template": ("import/template/", self.template_view),
            "import_run": ("import/<id:running>/", self.run_view),
            "import_state": ("import/<id:running>/state/", self.state_view),
            "import_report": ("import/<id:running>/report/", self.report_view),
            "import_refused": ("import/<id:running>/refused/", self.refused_view),
            "import_written": ("import/<id:running>/written/", self.written_view),
            "export": ("export/", self.export_view),
        }
        own = [
            path(route, self.admin_site.admin_view(view), name=self._name(name))
            for name, (route, view) in views.items()
        ]
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list with the buttons that this person may use."""
        actor = actor_of(request)
        context = {
            "import_url": self._url("import") if self.exchanged.may_import(actor) else "",
            "export_url": self._export_url(request) if self.exchanged.may_export(actor) else "",
            "own_list_before": super().list_before_template,
            **(extra_context or {}),
        }
        page: HttpResponse = super().changelist_view(request, context)
        return page

    # --- Import
    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file, and try it: at once when it is short."""
        self._require_import(request)
        form = UploadForm(
            request.POST or None,
            request.FILES or None,
            kind=self.exchanged,
            actor=actor_of(request),
        )
        status = 200
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                with transaction.atomic():
                    running = uploads.begin(
                        kind=self.exchanged,
                        upload=file,
                        name=file.name,
                        actor=actor_of(request),
                        alphabet=form.cleaned_data["alphabet"],
                        creates=form.cleaned_data.get("creates", ()),
                    )
                    _try(running)
            except RuleError as refusal:
                add_errors_to_form(form, refusal)
                status = page_status_of(refusal)
            else:
                return HttpResponseRedirect(self._url("import_run", running.pk))
        context = {
            "form": form,
            "columns": self._columns(),
            "template_url": self._url("import_template"),
            "order": self._order(actor_of(request)),
        }
        return self._page(request, "upload", _("Importer"), context, status)

    def template_view(self, request: HttpRequest) -> HttpResponseBase:
        """Hand out a workbook with the columns of this kind and an example."""
        self._require_import(request)
        with temporary_folder("import") as folder:
            made = Path(folder, "model.xlsx")
            write_template(self.exchanged, made)
            return FileResponse(
                made.open("rb"),
                as_attachment=True,
                filename=f"{self.exchanged.name}-modele.xlsx",
                content_type=TYPES["xlsx"],
            )

    def _order(self, actor: Actor) -> list[dict[str, Any]]:
        """Return the kinds that this person may import, in the order in which they build on one another."""
        return [
            {
                "title": kind.title,
                "url": reverse(f"admin:{kind.model._meta.label_lower.replace('.', '_')}_import"),
                "is_this": kind is self.exchanged,
            }
            for kind in KINDS.values()
            if kind.may_import(actor) and self.admin_site.is_registered(kind.model)
        ]

    def run_view(self, request: HttpRequest, running: str) -> HttpResponse:
        """Show an import's trial or result; a POST confirms, resumes, stops or abandons it."""
        found = self._running(request, running)
        if request.method != "POST":
            return self._run_page(request, found)
        here = HttpResponseRedirect(self._url("import_run", found.pk))
        try:
            if "give_up" in request.POST:
                is_gone = uploads.give_up(found)
                return HttpResponseRedirect(self._url("changelist")) if is_gone else here
            if "read_again" in request.POST:
                self._read_again(request, found)
                return here
            mode = Mode.SKIP_BAD if "skip_bad" in request.POST else Mode.ALL
            found = _confirm(found, mode, actor_of(request))
        except RuleError as refusal:
            messages.error(request, str(refusal.detail))
            found.refresh_from_db()
            return self._run_page(request, found, page_status_of(refusal))
        uploads.let_go(found)
        return here

    def _read_again(self, request: HttpRequest, found: RecordImport) -> None:
        """Read the file with the columns that were chosen beside its headings."""
        shown = found.shown.get("columns", [])
        meanings = {
            one["heading"]: chosen
            for rank, one in enumerate(shown)
            if (chosen := request.POST.get(f"column_{rank}", one["column"])) != one["column"]
        }
        with transaction.atomic():
            _try(uploads.read_again(running=found, meanings=meanings, actor=actor_of(request)))

    # --- Shared
    def _columns(self) -> list[dict[str, Any]]:
        language = (get_language() or "fr")[:2]
        return [
            {"title": column.title(language), "is_required": column.is_required}
            for column in self.exchanged.columns
            if not column.only_shown and not column.only_read
        ]

    def _heading_choices(self) -> list[tuple[str, str]]:
        """Return what a heading of a file can be said to mean."""
        language = (get_language() or "fr")[:2]
        columns = [one for one in self.exchanged.columns if one.fills or not one.only_shown]
        return [("", gettext("ignorée")), *((one.name, one.title(language)) for one in columns)]

    def _run_page(
        self, request: HttpRequest, running: RecordImport, status: int = 200
    ) -> HttpResponse:
        is_interrupted = uploads.is_interrupted(running)
        has_rows = running.refused and running.upload_key
        has_report = running.refused if running.position else running.report_key
        context = {
            "running": running,
            "is_running": running.is_running and not is_interrupted,
            "is_checked": running.status == ImportStatus.CHECKED,
            "is_inviting": INVITATIONS in running.creates,
            "is_mapping": running.status == ImportStatus.MAPPING,
            "choices": self._heading_choices(),
            "is_interrupted": is_interrupted,
            "left": running.total - running.done,
            "taken": running.total - running.refused,
            "state_url": self._url("import_state", running.pk),
            "report_url": self._url("import_report", running.pk) if has_report else "",
            "refused_url": self._url("import_refused", running.pk) if has_rows else "",
            "form": UploadForm(
                kind=self.exchanged, actor=actor_of(request), initial={"creates": running.creates}
            ),
            "written_url": self._url("import_written", running.pk) if running.position else "",
        }
        return self._page(request, "run", _("Import de « %s »") % running, context, status)

    def _page(
        self,
        request: HttpRequest,
        name: str,
        title: Any,
        context: dict[str, Any],
        status: int = 200,
    ) -> HttpResponse:
        whole = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "kind": self.exchanged,
            "list_url": self._url("changelist"),
            "import_url": self._url("import"),
            **context,
        }
        return TemplateResponse(request, f"exchange/{name}.html", whole, status=status)

    def _name(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def _url(self, name: str, *args: str) -> str:
        return reverse(f"admin:{self._name(name)}", args=args)
