"""Attendances and signatures: entered in the back-office where nobody else did."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from qualiforma.admin.records import RecordForm, actor_of
from qualiforma.admin.site import site
from qualiforma.training import services
from qualiforma.training.admin.base import EvidenceAdmin, TrainingAdmin, chosen, moment
from qualiforma.training.models import Attendance, Signature

SAID = ("attended", "attended_at", "minutes")
SIGNED = ("half_day", "method", "signed_at", "evidence_sha256")


class AttendanceForm(RecordForm):
    class Meta:
        model = Attendance
        fields = ("session", "enrollment", *SAID)


@admin.register(Attendance, site=site)
class AttendanceAdmin(TrainingAdmin):
    form = AttendanceForm
    empty_text = _(
        "Les présences et les absences notées seront réunies ici. Elles se notent sur la "
        "feuille d’émargement d’une session."
    )
    list_display = ("learner", "session", "state", "minutes")
    list_filter = ("attended", chosen("session"), chosen("enrollment"))
    list_select_related = ("session", "enrollment__user", "enrollment__course")
    search_fields = ("enrollment__user__name", "session__title")
    search_help_text = _("Nom ou intitulé de la session")
    autocomplete_fields = ("session", "enrollment")
    order = ("-session__starts_at", "-session", "-id")
    shown = ("session", "enrollment", "attended", "attended_at", "minutes")

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("session", "enrollment__user", "enrollment__course")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return ((None, {"fields": self.shown}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("session", "enrollment") if obj else ()

    @display(description=_("Apprenant"), ordering="enrollment__user__name")
    def learner(self, attendance: Attendance) -> str:
        return str(attendance.enrollment.user)

    @display(description=_("Présence"), label={"in": "success", "out": "warning"})
    def state(self, attendance: Attendance) -> tuple[str, Any]:
        return ("in", _("Présent")) if attendance.attended else ("out", _("Absent"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        draft = services.AttendanceDraft(**{name: form.value_of(name) for name in SAID})
        known = services.record_attendance(
            session=obj.session, enrollment=obj.enrollment, draft=draft, actor=actor_of(request)
        )
        obj.pk = known.pk


class SignatureForm(RecordForm):
    class Meta:
        model = Signature
        fields = ("session", "enrollment", *SIGNED, "replaces")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "signed_at" in self.fields:
            self.fields["signed_at"].required = False  # then it is now


@admin.register(Signature, site=site)
class SignatureAdmin(EvidenceAdmin):
    """A signature never changes: what was wrong is corrected by another one that names it."""

    form = SignatureForm
    empty_text = _("Les signatures de chaque demi-journée seront réunies ici.")
    list_display = ("learner", "session", "half_day", "signed", "method", "standing")
    list_filter = ("half_day", "method", chosen("session"), chosen("enrollment"))
    list_select_related = ("session", "enrollment__user", "enrollment__course", "replaced_by")
    search_fields = ("enrollment__user__name", "session__title")
    search_help_text = _("Nom ou intitulé de la session")
    autocomplete_fields = ("session", "enrollment", "replaces")
    change_form_outer_before_template = "training/signature_before.html"
    first = ("session", "enrollment", ("half_day", "method"), "signed_at")
    entered = (*first, "evidence_sha256", "replaces")
    shown = (*first, "fingerprint", "replaces")

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related(
            "session", "enrollment__user", "enrollment__course", "replaced_by"
        )

    @display(description=_("Apprenant"), ordering="enrollment__user__name")
    def learner(self, signature: Signature) -> str:
        return str(signature.enrollment.user)

    @display(description=_("Signé le"), ordering="signed_at")
    def signed(self, signature: Signature) -> str:
        return moment(signature.signed_at)

    @display(description=_("Empreinte de la preuve"), empty_value="–")
    def fingerprint(self, signature: Signature) -> str:
        digest = signature.evidence_sha256
        return format_html("<code>{}</code>", digest) if digest else ""

    @display(description=_("État"), label={"counts": "success", "replaced": ""})
    def standing(self, signature: Signature) -> tuple[str, Any]:
        if getattr(signature, "replaced_by", None):
            return "replaced", _("Remplacé")
        return "counts", _("Valable")

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {
            **super().page_context(request, row),
            "replaced_by": getattr(row, "replaced_by", None),
        }

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = {name: form.value_of(name) for name in (*SIGNED, "enrollment", "replaces")}
        draft = services.SignatureDraft(**values)
        signed = services.record_signature(
            session=obj.session, draft=draft, actor=actor_of(request)
        )
        obj.pk = signed.pk
