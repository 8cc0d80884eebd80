"""Moves of many plans at once, each by its service; what is refused is reported with its reason."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from improvements import services
from improvements.admin.moves import MOVES, Move
from improvements.querysets import PlanQuerySet
from improvements.states import PlanStatus
from qualiforma.admin.records import RecordAdmin, actor_of

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
        self.move_each(request, plans, lambda plan: MOVES["archive"].run(plan, actor, None))

    @admin.action(description=_("Abandonner, avec un motif"), permissions=["write"])
    def give_up_each(self, request: HttpRequest, plans: PlanQuerySet) -> HttpResponse | None:
        return self._asked(request, plans, "give_up_each", MOVES["give-up"])

    @admin.action(description=_("Supprimer les brouillons"), permissions=["write"])
    def delete_each(self, request: HttpRequest, plans: PlanQuerySet) -> HttpResponse | None:
        return self._asked(request, plans, "delete_each", MOVES["delete"])

    def _asked(
        self, request: HttpRequest, plans: PlanQuerySet, action: str, move: Move
    ) -> HttpResponse | None:
        """Show what it does, and ask what it needs; the selection comes back with the answer."""
        form = move.form(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": move.label,
                "plans": plans,
                "action": action,
                "move": move,
                "form": form,
            }
            return TemplateResponse(request, "improvements/plan_move_each.html", context)
        actor = actor_of(request)
        self.move_each(request, plans, lambda plan: move.run(plan, actor, form))
        return None
