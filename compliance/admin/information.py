"""What was sent to a learner: listed below the enrollment, and the page on which it is noted."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextInputWidget

from compliance import policies, services
from compliance.models import Evidence
from compliance.models.evidence import DESCRIPTION_MAX, FILE_NAME_MAX, TITLE_MAX
from qualiforma.admin import panels
from qualiforma.admin.asking import DONE, submit
from qualiforma.admin.readable import ReadableForm
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.admin.uploads import FileInput, UploadField
from qualiforma.qualiopi.grids import named
from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import Subject
from qualiforma.record_types import RecordType
from qualiforma.training.models import Enrollment
from qualiforma.uploads import Upload

PANEL_ROWS = 20


class InformationForm(ReadableForm, forms.Form):
    """What was sent, when and how; the file may be the message itself."""

    title = forms.CharField(
        label=_("Ce qui a été envoyé"),
        max_length=TITLE_MAX,
        help_text=_("Convocation, livret d’accueil, règlement intérieur, contacts, plan d’accès…"),
        widget=UnfoldAdminTextInputWidget,
    )
    sent_on = forms.DateField(
        label=_("Envoyé le"), initial=timezone.localdate, widget=UnfoldAdminDateWidget
    )
    how = forms.CharField(
        label=_("Par quel moyen"),
        max_length=DESCRIPTION_MAX,
        help_text=_("Par e-mail, par courrier, en main propre…"),
        widget=UnfoldAdminTextInputWidget,
    )
    file = UploadField(label=_("Message ou document"), required=False, max_length=FILE_NAME_MAX)

    def draft(self) -> services.InformationDraft:
        """Return what is to be recorded."""
        given = {name: self.cleaned_data[name] for name in ("title", "sent_on", "how")}
        return services.InformationDraft(**given)

    def upload(self) -> Upload | None:
        """Return the file, if one was chosen."""
        sent = self.cleaned_data["file"]
        return Upload(name=sent.name, size=sent.size, file=sent.file) if sent else None


@panels.register
def information_panel(
    request: HttpRequest, known: RecordType, record_id: str
) -> tuple[str, dict[str, Any]] | None:
    """Show below an enrollment what was sent to the learner. Cost: one query."""
    if known.model is not Enrollment:
        return None
    actor = actor_of(request)
    rows = Evidence.objects.readable_by(actor).informing(record_id)
    page = reverse("admin:enrollment_information", args=[quote(record_id)])
    return "compliance/information_panel.html", {
        "rows": rows.order_by("document_date", "id")[:PANEL_ROWS],
        "add": page if policies.can_write_records(actor) else "",
    }


@site.page("training/enrollment/<path:object_id>/information/", "enrollment_information")
def information_view(request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask what was sent; record it on POST."""
    actor = actor_of(request)
    if not policies.can_write_records(actor):
        raise PermissionDenied
    rows = Enrollment.objects.visible_to(actor).select_related("user", "course")
    enrollment = get_object_or_404(rows, pk=unquote(object_id))
    back = reverse("admin:training_enrollment_change", args=[quote(enrollment.pk)])
    form = InformationForm()
    if request.method == "POST":
        form = InformationForm(request.POST, request.FILES)
    status = submit(
        form,
        lambda: services.record_information(
            enrollment=enrollment, draft=form.draft(), actor=actor, upload=form.upload()
        ),
    )
    if status == DONE:
        messages.success(request, str(_("L’information est notée.")))
        return HttpResponseRedirect(back)
    context = {
        **site.each_context(request),
        "opts": Enrollment._meta,
        "title": _("Noter une information envoyée"),
        "form": form,
        "enrollment": enrollment,
        "indicator": named(NUMBERS[Subject.INFORMATION]),
        "back": back,
        "media": form.media + FileInput().media,
    }
    return TemplateResponse(request, "compliance/information.html", context, status=status)
