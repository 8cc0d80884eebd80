from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from actionplans import policies, services
from actionplans.exports.models import PlanExport
from actionplans.models import ActionPlan
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.admin.site import site
from qualiforma.errors import RuleError
from qualiforma.exports.models import ExportState

BADGES = {
    ExportState.QUEUED: "info",
    ExportState.READY: "success",
    ExportState.DROPPED: "",
    ExportState.FAILED: "danger",
    "over": "warning",
}


@admin.register(PlanExport, site=site)
class ExportAdmin(RecordAdmin):
    """Exports: read, and sent again. They begin on a plan's page or by the API."""

    may_read = policies.can_read_all
    may_write = policies.can_keep_all
    empty_text = _("Les exports Excel demandés par vos équipes seront conservés ici quelque temps.")
    list_display = ("plan_title", "status", "asked_by", "asked", "weight", "until", "downloads")
    list_filter = ("state",)
    list_select_related = ("requested_by",)
    search_fields = ("plan_title",)
    search_help_text = _("Titre du plan")
    actions: ClassVar = ()
    fields = ("plan_title", "standing", "asked_by", "asked", "made", "weight", "until", "downloads")
    readonly_fields = fields
    change_form_outer_after_template = "actionplans/export_after.html"

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-requested_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlanExport]:
        rows: QuerySet[PlanExport] = super().get_queryset(request)
        return rows.select_related("requested_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No field is written here."""
        return False

    @display(description=_("État"), label=BADGES)
    def status(self, export: PlanExport) -> tuple[str, str]:
        is_sent = export.expires_at is not None
        is_over = not (export.can_be_fetched() if is_sent else export.is_wanted())
        if export.state == ExportState.READY and is_over:
            return "over", gettext("Lien expiré") if is_sent else gettext("Sans objet")
        return export.state, export.get_state_display()

    @display(description=_("État"))
    def standing(self, export: PlanExport) -> str:
        """The state in words: a page shows no badge of a field."""
        return str(self.status(export)[1])

    @display(description=_("Demandé par"))
    def asked_by(self, export: PlanExport) -> str:
        return str(export.requested_by)

    @display(description=_("Demandé le"), ordering="requested_at")
    def asked(self, export: PlanExport) -> str:
        return _instant(export.requested_at)

    @display(description=_("Préparé le"))
    def made(self, export: PlanExport) -> str:
        return _instant(export.made_at)

    @display(description=_("Taille"))
    def weight(self, export: PlanExport) -> str:
        return filesizeformat(export.size) if export.size else "–"

    @display(description=_("Lien valable jusqu’au"))
    def until(self, export: PlanExport) -> str:
        return _instant(export.expires_at)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        export = self.read_once(request, object_id) if object_id else None
        context = {
            **(extra_context or {}),
            "export": export,
            "may_resend": self.has_write_permission(request),
            "is_gone": export and not export.is_wanted(),
        }
        return super().changeform_view(request, object_id, form_url, context)

    def get_urls(self) -> list[URLPattern]:
        name = "actionplans_planexport"
        wrap = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/resend/",
                wrap(require_POST(self.resend_view)),
                name=f"{name}_resend",
            ),
            path("of/<path:plan_id>/", wrap(require_POST(self.ask_view)), name=f"{name}_ask"),
            *super().get_urls(),
        ]

    def resend_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Mail the link again, to who asked."""
        export = self.get_object(request, unquote(object_id))
        if export is None:
            raise Http404
        self.require_write(request)
        try:
            services.resend_export(export=export, actor=actor_of(request))
        except RuleError as refusal:
            messages.error(request, str(refusal.title))
        else:
            told = gettext("Le lien part par e-mail à %s.") % export.requested_by.email
            messages.success(request, told)
        return HttpResponseRedirect(reverse("admin:actionplans_planexport_changelist"))

    def ask_view(self, request: HttpRequest, plan_id: str) -> HttpResponse:
        """Have a plan exported for who is in the back-office."""
        actor = actor_of(request)
        plan = ActionPlan.objects.visible_to(actor).filter(pk=unquote(plan_id)).first()
        if plan is None:
            raise Http404
        self.require_write(request)
        services.request_export(plan=plan, actor=actor)
        told = gettext("Le classeur est en préparation ; son lien arrive par e-mail.")
        messages.success(request, told)
        return HttpResponseRedirect(reverse("admin:actionplans_actionplan_change", args=[plan.pk]))


def _instant(instant: Any) -> str:
    if instant is None:
        return "–"
    return date_format(timezone.localtime(instant), "SHORT_DATETIME_FORMAT")
