"""The page of one's own calendars: made, copied, revoked; and the way to it from a plan's page."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.actor import Actor
from qualiforma.admin import panels
from qualiforma.admin.policies import can_enter
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.calendars import services
from qualiforma.calendars.models import PlanType
from qualiforma.calendars.services import Subject
from qualiforma.record_types import RecordType

TITLE = _("Mes calendriers")


@site.own_page("calendars/", "calendars")
def calendars_view(request: HttpRequest) -> HttpResponse:
    """Show one's calendars. A POST makes one, whose address stands on that answer only, or revokes."""
    actor, new = actor_of(request), None
    if request.method == "POST":
        subject = _subject_of(request.POST, actor)
        if "revoke" in request.POST:
            services.revoke_feed(actor=actor, subject=subject)
            return HttpResponseRedirect(reverse("admin:calendars"))
        new = services.make_feed(actor=actor, subject=subject)
    asked = _subject_of(request.GET, actor)
    # Who may not enter the rest of the site has its own pages around it.
    is_staff = can_enter(actor)
    context = {
        **(site.each_context(request) if is_staff else {}),
        "actor": actor,
        "title": TITLE,
        "new": new,
        "calendars": _calendars(actor, asked, new),
    }
    template = "backoffice/calendars.html" if is_staff else "followup/calendars.html"
    return TemplateResponse(request, template, context)


def _calendars(actor: Actor, asked: Subject, new: services.NewFeed | None) -> list[dict[str, Any]]:
    """Return one's own work first, then the plans: that one came for, and those that have a link."""
    found = [(services.OWN_WORK, services.find_feed(actor=actor))]
    found += [(Subject(one.plan_type, one.plan_id), one) for one in services.feeds_of_plans(actor)]
    if all(subject != asked for subject, _feed in found):
        found.append((asked, None))
    return [
        {
            "subject": subject,
            "name": subject.title(actor),
            "kind": PlanType(subject.plan_type).label if subject.plan_type else "",
            "feed": feed,
            "address": new.address if new and feed and feed.pk == new.feed.pk else "",
        }
        for subject, feed in found
    ]


def _subject_of(given: Any, actor: Actor) -> Subject:
    """Return what a request names. Errors: `Http404` for a plan that its person may not see."""
    subject = Subject(given.get("type", ""), given.get("id", ""))
    if "revoke" not in given and subject.title(actor) is None:
        raise Http404
    return subject


@panels.register
def plan_calendar(
    request: HttpRequest, record_type: RecordType, record_id: str
) -> tuple[str, dict[str, Any]] | None:
    """Lead from a plan's page to its calendar."""
    if record_type.name not in PlanType.values:
        return None
    query = urlencode({"type": record_type.name, "id": record_id})
    return "backoffice/calendar_panel.html", {"page": f"{reverse('admin:calendars')}?{query}"}
