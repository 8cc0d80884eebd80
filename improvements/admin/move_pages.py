"""The pages behind a plan's buttons."""

import re
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from improvements.admin.moves import MOVES, UNDONE, Move
from improvements.admin.warnings import warn
from improvements.models import ImprovementPlan
from improvements.states import SETTLED
from qualiforma.admin.asking import DONE, submit
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.errors import RuleError

_Base: Any = RecordAdmin if TYPE_CHECKING else object


class MovePages(_Base):
    """One page per move, below the plan's address."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.move_view)
        name = "improvements_improvementplan_move"
        undo = self.admin_site.admin_view(require_POST(self.undo_view))
        undo_name = "improvements_improvementplan_undo"
        return [
            path("<path:object_id>/move/<slug:name>/", view, name=name),
            path("<path:object_id>/undo/<slug:name>/", undo, name=undo_name),
            *super().get_urls(),
        ]

    def undo_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Undo what was just done to a plan; restore a deleted draft, whenever that was."""
        plan, undo = self.record_of(request, object_id, writing=True), UNDONE.get(name)
        if undo is None:
            raise Http404
        given = request.GET.get("version", "")
        versions = (int(given),) if re.fullmatch(r"[0-9]{1,9}", given, re.ASCII) else ()
        try:
            undo.run(plan, actor_of(request), versions)
        except RuleError as refusal:
            messages.error(request, str(refusal.detail))
        else:
            messages.success(request, str(undo.done))
        return HttpResponseRedirect(self.page_of(plan))

    def move_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """One move of one plan: asked for where it needs an answer, done on POST."""
        plan, move = self.record_of(request, object_id, writing=True), MOVES.get(name)
        if move is None:
            raise Http404
        sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
        form = move.form(*sent, plan=plan)
        lacks = move.missing(plan)
        # A closing may also answer complaints: all of it, or nothing.
        status = submit(form, transaction.atomic(lambda: move.run(plan, actor_of(request), form)))
        if status == DONE:
            messages.success(request, str(move.done), extra_tags=self._undo(plan, move))
            warn(request, [*lacks, *form.missing()])
            after = self.list_page() if move.name == "delete" else self.page_of(plan)
            return HttpResponseRedirect(after)
        return self._move_page(request, plan, move, form, status)

    def _move_page(
        self, request: HttpRequest, plan: Any, move: Move, form: Any, status: int
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": move.label,
            "plan": plan,
            "move": move,
            "form": form,
            "media": form.media,
            "is_legal": move.is_legal(plan),
            "lacks": move.missing(plan) if move.is_legal(plan) else [],
            "open_actions": list(plan.actions.exclude(status__in=SETTLED).select_related("owner")),
        }
        return TemplateResponse(request, "improvements/plan_move.html", context, status=status)

    @staticmethod
    def _undo(plan: ImprovementPlan, move: Move) -> str:
        """Return the address that undoes a move, empty where the rules allow none."""
        if move.name not in UNDONE:
            return ""
        args = [quote(plan.pk), move.name]
        address = reverse("admin:improvements_improvementplan_undo", args=args)
        return f"{address}?version={plan.version + 1}"
