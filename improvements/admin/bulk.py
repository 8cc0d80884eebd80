"""Moves of many plans at once, each by its service; what is refused is reported with its reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from improvements import services
from improvements.admin.moves import MOVES, UNDONE, Move
from improvements.admin.undo import UndoneMoves, undo_moves_address
from improvements.querysets import PlanQuerySet
from improvements.states import PlanStatus
from qualiforma.admin.records import RecordAdmin, actor_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class BulkMoves(UndoneMoves):
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
            undo_moves_address("start"),
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
            asked = Asked(action, _("Plans choisis"), move.consequence, move.icon, plans)
            return ask_for_each(self, request, asked, move.label, form)
        actor = actor_of(request)
        undo = undo_moves_address(move.name) if move.name in UNDONE else ""
        self.move_each(request, plans, lambda plan: move.run(plan, actor, form), undo)
        return None


@dataclass(frozen=True)
class Asked:
    """What a list's action is about to do: to which rows, and what comes of it."""

    action: str
    heading: "StrOrPromise"
    consequence: "StrOrPromise"
    icon: str
    rows: Iterable[Model]


def ask_for_each(
    page: RecordAdmin, request: HttpRequest, asked: Asked, title: "StrOrPromise", form: Any
) -> HttpResponse:
    """Show what an action does to each chosen row, and ask what it needs."""
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": title,
        "asked": asked,
        "form": form,
    }
    return TemplateResponse(request, "improvements/move_each.html", context)
