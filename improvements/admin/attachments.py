"""Files of plans and complaints on their pages: the services of the API, behind forms."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from improvements import services
from improvements.models import (
    ATTACHMENT_NAME_MAX,
    Complaint,
    ComplaintAttachment,
    ImprovementPlan,
    PlanAttachment,
)
from improvements.states import OPEN
from qualiforma.accounts.actor import Actor
from qualiforma.admin.asking import DONE, Question, RecordPages, submit
from qualiforma.admin.records import actor_of
from qualiforma.admin.uploads import FileInput, FreeOfPersonalDataField, UploadField
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.filelinks import file_link
from qualiforma.files import discard
from qualiforma.uploads import KINDS, Upload

LABELS = {kind.content_type: kind.label for kind in KINDS}


class ComplaintAttachmentForm(forms.Form):
    """One file."""

    file = UploadField(max_length=ATTACHMENT_NAME_MAX, label=_("Joindre un fichier"))


class AttachmentForm(ComplaintAttachmentForm):
    """One file, and whether it names nobody."""

    free_of_personal_data = FreeOfPersonalDataField()


@contextmanager
def stored(
    plan: ImprovementPlan, sent: UploadedFile[Any] | None, actor: Actor, *, is_free: bool = False
) -> Iterator[str]:
    """Store what was sent, and yield its key, empty for nothing; it stays if the block succeeds.

    Errors: as the service's, naming the file.
    """
    key = ""
    try:
        with transaction.atomic():
            if sent:
                key = _stored_key(plan, sent, actor, is_free=is_free)
            yield key
    except BaseException:
        if key:
            discard(key)
        raise


def _stored_key(
    plan: ImprovementPlan, sent: UploadedFile[Any], actor: Actor, *, is_free: bool
) -> str:
    name, size = sent.name or "", sent.size or 0
    upload = Upload(name, size, cast("IO[bytes]", sent.file), is_free)  # it is open
    with naming(name):
        return services.add_attachment(plan=plan, upload=upload, actor=actor).key


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Name the file in what the block refuses of it."""
    try:
        yield
    except InvalidFieldsError as refusal:
        raise InvalidFieldsError(
            FieldError(
                one.field, one.code, _("« %(name)s » : %(why)s") % {"name": name, "why": one.detail}
            )
            for one in refusal.errors
        ) from refusal


class FilePages(RecordPages):
    """Addresses below a record's: its files, one file, one file's removal."""

    def may_change_files(self, request: HttpRequest, row: Any) -> bool:
        """Say whether this person may add files to this record, and remove them."""
        raise NotImplementedError

    def files_form(self, *sent: Any) -> forms.Form:
        """Return the form that brings a file."""
        raise NotImplementedError

    def attach(self, row: Any, given: dict[str, Any], actor: Actor) -> object:
        """Add the file that the form brought."""
        raise NotImplementedError

    def detach(self, attachment: Any, actor: Actor) -> object:
        """Remove a file."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        """Before Django's own, which end with anything."""
        views = {
            "attachments": ("attachments/", self.attachments_view),
            "attachment": ("attachments/<slug:attachment_id>/", self.attachment_view),
            "detach": ("attachments/<slug:attachment_id>/delete/", self.detach_view),
            **self.more_file_pages(),
        }
        own = [
            path(
                f"<path:object_id>/{route}",
                self.admin_site.admin_view(view),
                name=self._route(name),
            )
            for name, (route, view) in views.items()
        ]
        urls: list[URLPattern] = [*own, *super().get_urls()]
        return urls

    def more_file_pages(self) -> dict[str, tuple[str, Any]]:
        """Return further addresses below a record's, each with its view."""
        return {}

    def files_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return the context that `improvements/attachments.html` shows. Cost: one query."""
        found = row.attachments.select_related("uploaded_by").order_by("-created_at", "-id")
        may = self.may_change_files(request, row)
        return {
            "files": [self._shown(row, one) for one in found],
            "may_attach": may,
            "attach_page": self._address("attachments", row),
            "upload": self.files_form() if may else None,
        }

    def _shown(self, row: Any, file: Any) -> dict[str, Any]:
        return {
            "file": file,
            "kind": LABELS.get(file.content_type, file.content_type),
            "page": self._address("attachment", row, file),
            "detach": self._address("detach", row, file),
        }

    def attachments_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """List the files of a record; a POST adds one."""
        row = self.record_of(request, object_id)
        context, status = self.files_of(request, row), 200
        if request.method == "POST":
            self.require_write(request)
            form = context["upload"] = self.files_form(request.POST, request.FILES)
            status = submit(form, lambda: self.attach(row, form.cleaned_data, actor_of(request)))
            if status == DONE:
                messages.success(request, _("Le fichier est joint."))
                return HttpResponseRedirect(self.page_of(row))
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Pièces jointes"),
            "row": row,
            "back": self.page_of(row),
            "media": FileInput().media,
        }
        return TemplateResponse(
            request, "improvements/attachments_page.html", context, status=status
        )

    def attachment_view(
        self, request: HttpRequest, object_id: str, attachment_id: str
    ) -> HttpResponse:
        """Lead to the file, by a signed link that lives for a quarter of an hour.

        By its path alone: it is served on every host, and this one is where the person is.
        """
        _row, attachment = self.file_of(request, object_id, attachment_id)
        return HttpResponseRedirect(urlsplit(file_link(attachment.key, attachment.name)).path)

    def detach_view(self, request: HttpRequest, object_id: str, attachment_id: str) -> HttpResponse:
        """Remove a file: asked for on GET, done on POST."""
        row, attachment = self.file_of(request, object_id, attachment_id)
        self.require_write(request)
        question = Question(
            title=_("Retirer un fichier"),
            consequence=_(
                "« %(name)s » sera supprimé ; l’historique garde son nom et son empreinte."
            )
            % {"name": attachment.name},
            icon="delete",
            done=_("Le fichier est retiré."),
            run=lambda: self.detach(attachment, actor_of(request)),
            button=_("Retirer"),
            is_grave=True,
        )
        return self.ask(request, row, question)

    def file_of(self, request: HttpRequest, object_id: str, attachment_id: str) -> tuple[Any, Any]:
        """Return the record and the file that an address names. Errors: `Http404`."""
        row = self.record_of(request, object_id)
        attachment = row.attachments.filter(pk=attachment_id).first()
        if attachment is None:
            raise Http404
        return row, attachment

    def _route(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def _address(self, name: str, row: Any, file: Any = None) -> str:
        key = (quote(row.pk),) if file is None else (quote(row.pk), file.pk)
        return reverse(f"admin:{self._route(name)}", args=key, current_app=self.admin_site.name)


class PlanFiles(FilePages):
    """The files of a plan, which are evidence once it is closed, and named as free of names or not."""

    def may_change_files(self, request: HttpRequest, row: ImprovementPlan) -> bool:
        is_open = row.status in OPEN and row.deleted_at is None
        return is_open and self.has_write_permission(request)

    def files_form(self, *sent: Any) -> forms.Form:
        return AttachmentForm(*sent)

    def attach(self, row: ImprovementPlan, given: dict[str, Any], actor: Actor) -> None:
        with stored(row, given["file"], actor, is_free=given["free_of_personal_data"]):
            pass

    def detach(self, attachment: PlanAttachment, actor: Actor) -> None:
        services.remove_attachment(attachment=attachment, actor=actor)

    def more_file_pages(self) -> dict[str, tuple[str, Any]]:
        return {"mark": ("attachments/<slug:attachment_id>/mark/", require_POST(self.mark_view))}

    def files_of(self, request: HttpRequest, row: ImprovementPlan) -> dict[str, Any]:
        return super().files_of(request, row) | {
            "are_marked": True,
            "may_mark": self.has_write_permission(request),
        }

    def _shown(self, row: ImprovementPlan, file: PlanAttachment) -> dict[str, Any]:
        return super()._shown(row, file) | {"mark": self._address("mark", row, file)}

    def mark_view(self, request: HttpRequest, object_id: str, attachment_id: str) -> HttpResponse:
        """Say whether a file is free of personal data; the form's button holds the new answer."""
        plan, attachment = self.file_of(request, object_id, attachment_id)
        self.require_write(request)
        services.mark_attachment(
            attachment=attachment,
            free_of_personal_data=request.POST.get("free") == "yes",
            actor=actor_of(request),
        )
        messages.success(request, _("C’est noté."))
        return HttpResponseRedirect(self.page_of(plan))


class ComplaintFiles(FilePages):
    """The files of a complaint: the letter that was received, the answer that was sent."""

    def may_change_files(self, request: HttpRequest, row: Complaint) -> bool:
        return bool(self.has_write_permission(request))

    def files_form(self, *sent: Any) -> forms.Form:
        return ComplaintAttachmentForm(*sent)

    def attach(self, row: Complaint, given: dict[str, Any], actor: Actor) -> None:
        sent = given["file"]
        with naming(sent.name or ""):
            services.add_complaint_attachment(
                complaint=row,
                upload=Upload(sent.name or "", sent.size or 0, cast("IO[bytes]", sent.file)),
                actor=actor,
            )

    def detach(self, attachment: ComplaintAttachment, actor: Actor) -> None:
        services.remove_complaint_attachment(attachment=attachment, actor=actor)
