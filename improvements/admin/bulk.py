"""Moves of many plans at once, each by its service; what is refused is reported with its reason."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from improvements import services
from improvements.admin.forms import ReasonForm
from improvements.admin.moves import MOVES
from improvements.models import ImprovementPlan
from improvements.querysets import PlanQuerySet
from improvements.states import PlanStatus
from qualiforma.errors import IllegalTransitionError
from qualiforma.staff.records import RecordAdmin, actor_of

_Base: Any = RecordAdmin if TYPE_CHECKING else object


class BulkMoves(_Base):
    """The list's actions."""

    @admin.action(description=_("Démarrer"), permissions=["write"])
    def start_each(self, request: HttpRequest, plans: PlanQuerySet) -> None:
        actor = actor_of(request)
        self.move_each(
            request,
            plans,
            lambda plan: services.change_plan_status(
                plan=plan, target=PlanStatus.IN_PROGRESS, actor=actor
            ),
        )

    @admin.action(description=_("Archiver les plans clôturés"), permissions=["write"])
    def archive_each(self, request: HttpRequest, plans: PlanQuerySet) -> None:
        actor = actor_of(request)

        def archive(plan: ImprovementPlan) -> None:
            if plan.status == PlanStatus.IN_PROGRESS:  # would give it up unseen
                raise IllegalTransitionError(
                    _("Ce plan n’est pas clôturé ; l’abandonner se demande à part.")
                )
            services.change_plan_status(plan=plan, target=PlanStatus.ARCHIVED, actor=actor)

        self.move_each(request, plans, archive)

    @admin.action(description=_("Abandonner, avec un motif"), permissions=["write"])
    def give_up_each(self, request: HttpRequest, plans: PlanQuerySet) -> HttpResponse | None:
        """Asks for the reason first; the selection comes back with it."""
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": MOVES["give-up"].label,
                "plans": plans,
                "move": MOVES["give-up"],
                "form": form,
            }
            return TemplateResponse(request, "improvements/plan_give_up_each.html", context)
        actor = actor_of(request)
        self.move_each(request, plans, lambda plan: MOVES["give-up"].run(plan, actor, form))
        return None

    @admin.action(description=_("Supprimer les brouillons"), permissions=["write"])
    def delete_each(self, request: HttpRequest, plans: PlanQuerySet) -> None:
        self.move_each(request, plans, lambda plan: self.delete_model(request, plan))
