from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from actionplans import policies, services
from actionplans.admin.display import shown
from actionplans.admin.forms import PlanForm
from actionplans.models import Action, ActionPlan
from actionplans.querysets import PlanQuerySet
from qualiforma.accounts.actor import Actor
from qualiforma.admin.deletion import DeletionAdmin
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site


@admin.register(ActionPlan, site=site)
class ActionPlanAdmin(DeletionAdmin):
    may_read = policies.can_read_all
    may_write = policies.can_keep_all
    form = PlanForm
    removing = _("Supprimer le plan d’action")
    removed = _("Le plan et ses actions sont supprimés.")
    empty_text = _("Les plans d’action de vos équipes seront listés ici, avec leur avancement.")
    list_display = ("title", "progress", "visibility", "creator", "created")
    list_filter = ("visibility",)
    list_select_related = ("created_by",)
    search_fields = ("title", "description")
    search_related = ("actions__title", "actions__assignments__user__name")
    search_help_text = _("Plan, action ou responsable")
    actions: ClassVar = ()
    change_form_outer_before_template = "actionplans/plan_before.html"
    change_form_outer_after_template = "actionplans/plan_after.html"

    # --- Reading
    def get_queryset(self, request: HttpRequest) -> PlanQuerySet:
        plans: PlanQuerySet = ActionPlan.objects.visible_to(actor_of(request))
        return plans.with_progress().newest_first()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-created_at", "-id")

    @display(description=_("Avancement"))
    def progress(self, plan: Any) -> str:
        return format_html(
            '<progress class="qf-progress" value="{0}" max="100" aria-hidden="true"></progress> '
            "<span>{0} %</span>",
            plan.completion_percent,
        )

    @display(description=_("Créé par"))
    def creator(self, plan: ActionPlan) -> str:
        return str(plan.created_by) if plan.created_by_id else gettext("Inconnu")

    @display(description=_("Créé le"), ordering="created_at")
    def created(self, plan: ActionPlan) -> str:
        return date_format(timezone.localdate(plan.created_at), "SHORT_DATE_FORMAT")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        editable = obj is not None and self.has_change_permission(request, obj)
        return ((None, {"fields": (*PlanForm.own, *(("expected_version",) if editable else ()))}),)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        plan = self.read_once(request, object_id) if object_id else None
        context = dict(extra_context or {})
        if plan:
            actions = Action.objects.visible_to(actor_of(request)).filter(plan=plan)
            context |= {
                "subtitle": None,
                "plan": plan,
                "shown_actions": shown(actions.newest_first()),
                "may_write": self.has_write_permission(request),
            }
        return super().changeform_view(request, object_id, form_url, context)

    # --- Writing
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            services.edit_plan(
                plan=obj,
                changes=form.changes(),
                actor=actor,
                expected_versions=form.expected_versions,
            )
        else:
            obj.pk = services.create_plan(draft=form.draft(), actor=actor).pk

    def remove(self, row: Any, actor: Actor) -> None:
        services.delete_plan(plan=row, actor=actor)

    def consequence_of(self, row: Any) -> Any:
        lost = row.actions.count()
        return ngettext(
            "Le plan et son action (%d) sont supprimés pour de bon ; le journal d’audit garde ce qu’ils étaient.",
            "Le plan et ses %d actions sont supprimés pour de bon ; le journal d’audit garde ce qu’ils étaient.",
            lost,
        ) % (lost)
