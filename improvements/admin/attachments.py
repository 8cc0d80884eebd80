"""Files of a plan on its pages: the services of the API, behind forms."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from improvements import services
from improvements.models import ATTACHMENT_NAME_MAX, ImprovementPlan, PlanAttachment
from improvements.states import OPEN
from qualiforma.accounts.actor import Actor
from qualiforma.admin.asking import DONE, Question, RecordPages, submit
from qualiforma.admin.records import actor_of
from qualiforma.admin.uploads import FileInput, FreeOfPersonalDataField, UploadField
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.filelinks import file_link
from qualiforma.files import discard
from qualiforma.uploads import KINDS, Upload


class AttachmentForm(forms.Form):
    """One file."""

    file = UploadField(max_length=ATTACHMENT_NAME_MAX, label=_("Joindre un fichier"))
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
    try:
        return services.add_attachment(plan=plan, upload=upload, actor=actor).key
    except InvalidFieldsError as refusal:
        raise InvalidFieldsError(
            FieldError(
                one.field, one.code, _("« %(name)s » : %(why)s") % {"name": name, "why": one.detail}
            )
            for one in refusal.errors
        ) from refusal


class AttachmentPages(RecordPages):
    """Addresses below a plan's: its files, one file, one file's removal."""

    def get_urls(self) -> list[URLPattern]:
        """Before Django's own, which end with anything."""
        views = {
            "attachments": ("attachments/", self.attachments_view),
            "attachment": ("attachments/<slug:attachment_id>/", self.attachment_view),
            "mark": ("attachments/<slug:attachment_id>/mark/", require_POST(self.mark_view)),
            "detach": ("attachments/<slug:attachment_id>/delete/", self.detach_view),
        }
        own = [
            path(
                f"<path:object_id>/{route}",
                self.admin_site.admin_view(view),
                name=f"improvements_improvementplan_{name}",
            )
            for name, (route, view) in views.items()
        ]
        urls: list[URLPattern] = [*own, *super().get_urls()]
        return urls

    def files_of(self, request: HttpRequest, plan: ImprovementPlan) -> dict[str, Any]:
        """Return the context that `improvements/attachments.html` shows. Cost: one query."""
        is_open = plan.status in OPEN and plan.deleted_at is None
        found = plan.attachments.select_related("uploaded_by").order_by("-created_at", "-id")
        labels = {kind.content_type: kind.label for kind in KINDS}
        may = is_open and self.has_write_permission(request)
        return {
            "files": [(one, labels.get(one.content_type, one.content_type)) for one in found],
            "may_attach": may,
            "may_mark": self.has_write_permission(request),
            "upload": AttachmentForm() if may else None,
        }

    def attachments_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """List the files of a plan; a POST adds one."""
        plan = self.record_of(request, object_id)
        context, status = self.files_of(request, plan), 200
        if request.method == "POST":
            self.require_write(request)
            form = context["upload"] = AttachmentForm(request.POST, request.FILES)

            def attach() -> None:
                given = form.cleaned_data
                is_free = given["free_of_personal_data"]
                with stored(plan, given["file"], actor_of(request), is_free=is_free):
                    pass

            status = submit(form, attach)
            if status == DONE:
                messages.success(request, _("Le fichier est joint."))
                return HttpResponseRedirect(self.page_of(plan))
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Pièces jointes"),
            "plan": plan,
            "media": FileInput().media,
        }
        return TemplateResponse(
            request, "improvements/plan_attachments.html", context, status=status
        )

    def attachment_view(
        self, request: HttpRequest, object_id: str, attachment_id: str
    ) -> HttpResponse:
        """Lead to the file, by a signed link that lives for a quarter of an hour.

        By its path alone: it is served on every host, and this one is where the person is.
        """
        attachment = self._attachment(request, object_id, attachment_id)
        return HttpResponseRedirect(urlsplit(file_link(attachment.key, attachment.name)).path)

    def mark_view(self, request: HttpRequest, object_id: str, attachment_id: str) -> HttpResponse:
        """Say whether a file is free of personal data; the form's button holds the new answer."""
        attachment = self._attachment(request, object_id, attachment_id)
        self.require_write(request)
        services.mark_attachment(
            attachment=attachment,
            free_of_personal_data=request.POST.get("free") == "yes",
            actor=actor_of(request),
        )
        messages.success(request, _("C’est noté."))
        return HttpResponseRedirect(self.page_of(attachment.plan))

    def detach_view(self, request: HttpRequest, object_id: str, attachment_id: str) -> HttpResponse:
        """Remove a file from an open plan: asked for on GET, done on POST."""
        attachment = self._attachment(request, object_id, attachment_id)
        self.require_write(request)
        question = Question(
            title=_("Retirer un fichier"),
            consequence=_(
                "« %(name)s » sera supprimé ; l’historique du plan garde son nom et son empreinte."
            )
            % {"name": attachment.name},
            icon="delete",
            done=_("Le fichier est retiré."),
            run=lambda: services.remove_attachment(attachment=attachment, actor=actor_of(request)),
            button=_("Retirer"),
            is_grave=True,
        )
        return self.ask(request, attachment.plan, question)

    def _attachment(
        self, request: HttpRequest, object_id: str, attachment_id: str
    ) -> PlanAttachment:
        plan = self.record_of(request, object_id)
        attachment: PlanAttachment | None = plan.attachments.filter(pk=attachment_id).first()
        if attachment is None:
            raise Http404
        return attachment
