from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from improvements import policies, services
from improvements.admin.attachments import ComplaintFiles
from improvements.admin.complaint_forms import ANSWER_FIELDS, RECEPTION_FIELDS, ComplaintForm
from improvements.admin.downloads import COMPLAINT_COLUMNS
from improvements.admin.forms import describe_complaint
from improvements.documents import days_late
from improvements.models import SEARCHED_COMPLAINTS, Complaint, ImprovementPlan
from improvements.querysets import ComplaintQuerySet
from improvements.states import ComplaintStatus, Late, Trigger
from qualiforma import logs
from qualiforma.admin.downloads import Downloads
from qualiforma.admin.kept_filters import OfCode
from qualiforma.admin.picking import found
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.admin.site import site
from qualiforma.admin.uploads import FileInput
from qualiforma.errors import RuleError

BADGES = {
    ComplaintStatus.OPEN: "danger",
    ComplaintStatus.IN_PROGRESS: "warning",
    ComplaintStatus.RESOLVED: "success",
    ComplaintStatus.REJECTED: "",
}

LATE_BADGES = {Late.TO_ANSWER: "danger", Late.TO_ACKNOWLEDGE: "warning", "": ""}


class AnswerFilter(OfCode):
    title = _("réponse")
    parameter_name = "answered"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("false", _("Attendue"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.unanswered() if self.value() == "false" else queryset


class LateFilter(OfCode):
    title = _("retard")
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Late.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        return queryset.late(Late(value)) if value in Late.values else queryset


@admin.register(Complaint, site=site)
class ComplaintAdmin(Downloads, ComplaintFiles, RecordAdmin):
    may_read = policies.can_read_complaints
    may_write = policies.can_manage_complaints
    form = ComplaintForm
    empty_text = _(
        "Chaque réclamation, difficulté ou aléa aura ici sa ligne, avec sa réponse et son "
        "échéance. Notez-en une dès qu’elle arrive, même par téléphone."
    )
    list_display = ("subject", "state", "kind", "received", "due", "theme", "plans")
    list_filter = (
        *(
            AnswerFilter,
            LateFilter,
            "status",
            "kind",
            "channel",
            "theme",
            "complainant_role",
            "origin",
        ),
        ("enrollment", AutocompleteSelectFilter),
    )
    list_filter_submit = True
    search_fields = SEARCHED_COMPLAINTS
    search_related = ("enrollment__user__name", "enrollment__course__title")
    search_help_text = _("Objet, description, auteur ou apprenant")
    actions: ClassVar = ()
    autocomplete_fields = ("enrollment",)
    change_form_outer_before_template = "improvements/complaint_before.html"
    change_form_outer_after_template = "improvements/complaint_after.html"
    download_columns = COMPLAINT_COLUMNS

    def get_queryset(self, request: HttpRequest) -> ComplaintQuerySet:
        complaints: ComplaintQuerySet = Complaint.objects.visible_to(actor_of(request))
        return complaints.with_plans().select_related("enrollment", "theme").newest_first()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-received_at", "-id")

    @property
    def media(self) -> Any:
        return super().media + FileInput().media

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        urls: list[URLPattern] = [
            path("pick/", view(self.pick_view), name="improvements_complaint_pick"),
            path(
                "<path:object_id>/acknowledge/",
                view(self.acknowledge_view),
                name="improvements_complaint_acknowledge",
            ),
            *super().get_urls(),
        ]
        return urls

    def pick_view(self, request: HttpRequest) -> HttpResponse:
        """What a plan's page finds to be linked."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows, _distinct = self.get_search_results(
            request,
            Complaint.objects.visible_to(actor_of(request)).newest_first(),
            request.GET.get("q", ""),
        )
        return JsonResponse(found(rows, describe_complaint))

    def acknowledge_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Note that the complainant knows that their complaint has arrived, now."""
        complaint = self.record_of(request, object_id, writing=True)
        if request.method != "POST":
            raise PermissionDenied
        try:
            with transaction.atomic():
                services.acknowledge_complaint(complaint=complaint, actor=actor_of(request))
        except RuleError as refusal:
            logs.bind(code=refusal.code)
            messages.error(request, str(refusal.detail))
        else:
            messages.success(request, str(_("L’accusé de réception est noté.")))
        return HttpResponseRedirect(self.page_of(complaint))

    @display(description=_("Réponse attendue le"), ordering="answer_by", label=LATE_BADGES)
    def due(self, complaint: Complaint) -> tuple[str, str]:
        """The day, in red once it has passed."""
        day = complaint.answer_by
        return complaint.late or "", date_format(day, "SHORT_DATE_FORMAT") if day else "–"

    @display(description=_("Statut"), ordering="status", label=BADGES)
    def state(self, complaint: Complaint) -> tuple[str, str]:
        return complaint.status, complaint.get_status_display()

    @display(description=_("Reçue le"), ordering="received_at")
    def received(self, complaint: Complaint) -> str:
        day = timezone.localdate(complaint.received_at)  # the one it was in Paris
        return date_format(day, "SHORT_DATE_FORMAT")

    @display(description=_("Plans"))
    def plans(self, complaint: Any) -> int:
        return len(complaint.improvement_plan_ids)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        reception = (_("Réception"), {"fields": RECEPTION_FIELDS})
        if obj is None:
            return (reception,)
        expected_version = ("expected_version",) if self.has_change_permission(request, obj) else ()
        return reception, (_("Traitement"), {"fields": (*ANSWER_FIELDS, *expected_version)})

    more_buttons = (("_acknowledge", _("Enregistrer et accuser réception")),)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        may_write = self.has_write_permission(request)
        plans = ImprovementPlan.objects.visible_to(actor_of(request))
        # The page that creates a plan fills itself with what the complaint says.
        query = urlencode({"trigger": Trigger.COMPLAINT.value, "linked_complaint_ids": row.pk})
        new_plan = f"{reverse('admin:improvements_improvementplan_add')}?{query}"
        return {
            "complaint": row,
            "may_edit": may_write,
            "complaint_late": _days_late(row),
            "badge": BADGES[ComplaintStatus(row.status)],
            **self.files_of(request, row),
            **self.latest_history(row),
            "plans": list(plans.filter(pk__in=row.improvement_plan_ids).newest_first()),
            "may_acknowledge": row.acknowledged_at is None and may_write,
            "new_plan": new_plan if may_write else "",
        }

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            services.change_complaint(
                complaint=obj,
                changes=form.changes(),
                actor=actor,
                expected_versions=form.expected_versions,
            )
        else:
            received = services.receive_complaint(draft=form.draft(), actor=actor)
            obj.pk = received.pk
            if "_acknowledge" in request.POST:
                services.acknowledge_complaint(complaint=received, actor=actor)


def _days_late(complaint: Complaint) -> int | None:
    """Return by how many days what a complaint is late for is late; None for nothing."""
    due = complaint.answer_by if complaint.late == Late.TO_ANSWER else complaint.acknowledge_by
    return days_late(due, is_open=bool(complaint.late))
