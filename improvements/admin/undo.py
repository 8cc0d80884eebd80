"""Undoing what a list has just done to many rows, or a plan's form to its actions.

The address names the request that did it: the audit trail knows which rows those are.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from improvements import services
from improvements.admin.moves import UNDONE
from improvements.models import CorrectiveAction, ImprovementPlan
from qualiforma import logs
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.errors import RuleError

_Base: Any = RecordAdmin if TYPE_CHECKING else object
# By the moves' names, the column that they change.
UNDONE_COLUMNS = {"start": "status", "delete": "deleted_at"}
TOO_LATE = _("Ce changement ne peut plus être annulé.")


def undo_actions_address(*, plan_id: str = "") -> str:
    """Return where changes of status by this request are undone; a plan's page comes back to it."""
    address = reverse("admin:improvements_correctiveaction_undo", args=[logs.request_id()])
    return f"{address}?{urlencode({'plan': plan_id})}" if plan_id else address


def undo_moves_address(name: str) -> str:
    """Return where what this request did to plans is undone."""
    return reverse("admin:improvements_improvementplan_undo_each", args=[name, logs.request_id()])


def _undo_each(request: HttpRequest, rows: Iterable[Any], undo: Callable[[Any], object]) -> None:
    """Undo row by row; say how many it was, and each refusal."""
    done, refusals = 0, []
    for row in rows:
        try:
            undo(row)
        except RuleError as refusal:
            logs.bind(code=refusal.code)
            refusals.append(_("« %(name)s » : %(why)s") % {"name": row, "why": refusal.detail})
        else:
            done += 1
    if done:
        text = ngettext("%d changement annulé.", "%d changements annulés.", done) % done
        messages.success(request, text)
    elif not refusals:
        messages.error(request, str(TOO_LATE))
    for text in refusals:
        messages.error(request, text)


class UndoneActions(_Base):
    """One address below the list of actions."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.undo_each_view))
        name = "improvements_correctiveaction_undo"
        return [path("undo/<str:request_id>/", view, name=name), *super().get_urls()]

    def undo_each_view(self, request: HttpRequest, request_id: str) -> HttpResponse:
        """Give each action its status back."""
        self.require_write(request)
        actor = actor_of(request)
        ids = services.just_changed(CorrectiveAction, "status", request_id=request_id, actor=actor)
        rows = CorrectiveAction.objects.visible_to(actor).filter(pk__in=ids)
        _undo_each(
            request,
            rows.select_related("plan"),
            lambda action: services.undo_action(action=action, actor=actor),
        )
        plan = ImprovementPlan.objects.visible_to(actor).filter(pk=request.GET.get("plan")).first()
        if plan is None:
            return HttpResponseRedirect(reverse("admin:improvements_correctiveaction_changelist"))
        page = reverse("admin:improvements_improvementplan_change", args=[quote(plan.pk)])
        return HttpResponseRedirect(page)


class UndoneMoves(_Base):
    """One address below the list of plans."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.undo_moves_view))
        name = "improvements_improvementplan_undo_each"
        route = "undo/<slug:name>/<str:request_id>/"
        return [path(route, view, name=name), *super().get_urls()]

    def undo_moves_view(self, request: HttpRequest, name: str, request_id: str) -> HttpResponse:
        """Undo starts, or restore deleted drafts."""
        self.require_write(request)
        actor, column = actor_of(request), UNDONE_COLUMNS.get(name)
        if column is None:
            raise Http404
        ids = services.just_changed(ImprovementPlan, column, request_id=request_id, actor=actor)
        plans = ImprovementPlan.objects.filter(pk__in=ids)
        _undo_each(request, plans, lambda plan: UNDONE[name].run(plan, actor, (plan.version,)))
        return HttpResponseRedirect(reverse("admin:improvements_improvementplan_changelist"))
