from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from actionplans import policies, services
from actionplans.admin.forms import PlanForm
from actionplans.admin.looks import shown
from actionplans.models import Action, ActionPlan
from actionplans.querysets import PlanQuerySet
from qualiforma.staff.records import RecordAdmin, actor_of
from qualiforma.staff.site import site


@admin.register(ActionPlan, site=site)
class ActionPlanAdmin(RecordAdmin):
    may_read = policies.can_read_all
    may_write = policies.can_keep_all
    form = PlanForm
    list_display = ("title", "progress", "visibility", "creator", "created")
    list_filter = ("visibility",)
    list_select_related = ("created_by",)
    search_fields = ("title", "description")
    search_help_text = _("Mots du titre ou de la description")
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
        return ((None, {"fields": (*PlanForm.own, *(("seen",) if editable else ()))}),)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        plan = self.get_object(request, unquote(object_id)) if object_id else None
        context = dict(extra_context or {})
        if plan:
            actions = Action.objects.visible_to(actor_of(request)).filter(plan=plan)
            context |= {
                "subtitle": None,
                "plan": plan,
                "shown_actions": shown(actions.newest_first()),
                "may_export": self.has_write_permission(request),
                "may_delete": policies.can_delete_plan(actor_of(request), plan),
            }
        return super().changeform_view(request, object_id, form_url, context)

    # --- Writing
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            services.edit_plan(
                plan=obj, changes=form.changes(), actor=actor, seen=form.seen_versions
            )
        else:
            obj.pk = services.create_plan(draft=form.draft(), actor=actor).pk

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.remove_view)
        name = "actionplans_actionplan_remove"
        return [path("<path:object_id>/remove/", view, name=name), *super().get_urls()]

    def remove_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then delete a plan with its actions for good."""
        plan = self.get_object(request, unquote(object_id))
        if plan is None:
            raise Http404
        self.require_write(request)
        if request.method == "POST":
            services.delete_plan(plan=plan, actor=actor_of(request))
            messages.success(request, gettext("Le plan et ses actions sont supprimés."))
            return HttpResponseRedirect(reverse("admin:actionplans_actionplan_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Supprimer le plan d’action"),
            "plan": plan,
            "lost": plan.actions.count(),
        }
        return TemplateResponse(request, "actionplans/plan_remove.html", context)
