"""The queue's pages: what waits and what failed, tried again by a person once the fault is mended."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from qualiforma import audit
from qualiforma.accounts import policies
from qualiforma.admin.records import actor_of
from qualiforma.admin.requests import BADGES, STATES, cause_of, label_of
from qualiforma.jobs import services as jobs
from qualiforma.jobs.queue import OWNER_QUEUE, QUEUES
from qualiforma.tenants.models import PLATFORM_SCHEMA, Tenant

if TYPE_CHECKING:
    from qualiforma.admin.site import StaffSite

PER_PAGE = 50
FAILED = ["failed", "parked"]
# Of "all", as many per click: each is a transaction of its own.
MOST_AT_ONCE = 500


def job_urls(site: "StaffSite") -> list[URLPattern]:
    """Return the pages' URLs; the site's login protects them."""

    def listed(request: HttpRequest) -> HttpResponse:
        return _list_page(site, request)

    def one(request: HttpRequest, number: int) -> HttpResponse:
        return _detail_page(site, request, number)

    def acted(request: HttpRequest) -> HttpResponse:
        return _act(site, request)

    return [
        path("jobs/", site.admin_view(require_GET(listed)), name="jobs"),
        path("jobs/act/", site.admin_view(require_POST(acted)), name="jobs_act"),
        path("jobs/<int:number>/", site.admin_view(require_GET(one)), name="job"),
    ]


def queue_figures() -> list[dict[str, Any]]:
    """Return the depth of each queue, empty ones too. Cost: one query."""
    counts = {(one.queue, one.state): one for one in jobs.count_jobs()}
    figures = []
    for queue in QUEUES:
        held = {state: counts.get((queue, state)) for state in jobs.STATES}
        waiting = held["waiting"]
        figures.append(
            {
                "queue": queue,
                "states": [(STATES[name], one.jobs if one else 0) for name, one in held.items()],
                "overdue": round(waiting.overdue_seconds) if waiting else 0,
            }
        )
    return figures


def rows_of(found: list[jobs.QueuedJob]) -> list[dict[str, Any]]:
    """Return jobs as the pages show them. Cost: two queries, whatever their number."""
    ids = jobs.ids_of([job.id for job in found])
    schemas = {job.schema for job in found}
    tenants = {one.schema_name: one for one in Tenant.objects.filter(schema_name__in=schemas)}
    return [
        {
            "job": job,
            "about": _about(job, ids.get(job.id, {})),
            "tenant": tenants.get(job.schema),
            "is_platform": job.schema == PLATFORM_SCHEMA,
            "state": STATES[job.state],
            "badge": BADGES[job.state],
            "cause": cause_of(job.error),
            "has_failed": job.state in FAILED,
        }
        for job in found
    ]


def _about(job: jobs.QueuedJob, ids: dict[str, str]) -> str:
    """Say in words what an organisation's request is; nothing of other jobs, whose name says it."""
    subject = ids.get("slug") or ids.get("domain") or ids.get("name")
    return f"{label_of(job, ids)} – {subject}" if subject and job.queue == OWNER_QUEUE else ""


def _list_page(site: "StaffSite", request: HttpRequest) -> HttpResponse:
    may_act = _may_act(request)
    states, queue = _chosen(request.GET)
    state = states[0] if len(states) == 1 else ""
    given = request.GET.get("page", "")
    page = max(int(given), 1) if given.isdecimal() and len(given) < 5 else 1
    found = jobs.list_jobs(
        states=states, queue=queue, most=PER_PAGE + 1, skip=(page - 1) * PER_PAGE
    )
    context = {
        **site.each_context(request),
        "title": _("Tâches"),
        "rows": rows_of(found[:PER_PAGE]),
        "figures": queue_figures(),
        "states": STATES,
        "queues": QUEUES,
        "state": state,
        "queue": queue,
        "page": page,
        "before": _page_link(state, queue, page - 1) if page > 1 else "",
        "after": _page_link(state, queue, page + 1) if len(found) > PER_PAGE else "",
        "may_act": may_act,
    }
    request.current_app = site.name
    return TemplateResponse(request, "backoffice/job_list.html", context)


def _detail_page(site: "StaffSite", request: HttpRequest, number: int) -> HttpResponse:
    may_act = _may_act(request)
    found = jobs.find_job(number) if number < 2**63 else None
    if found is None:
        raise Http404(_("Cette tâche n’est plus dans la file."))
    [row] = rows_of([found])
    context = {
        **site.each_context(request),
        "title": _("Tâche n° %d") % number,
        "row": row,
        "may_act": may_act,
    }
    request.current_app = site.name
    return TemplateResponse(request, "backoffice/job.html", context)


def _act(site: "StaffSite", request: HttpRequest) -> HttpResponse:
    """Try failed jobs again, or drop them: one, those ticked, or every failed one.

    What nothing brings back, and what reaches further than the eye, is asked for once more: the
    jobs that page names are those that are moved.
    """
    if not _may_act(request):
        raise PermissionDenied
    wanted, drops = _wanted(request)[:MOST_AT_ONCE], "drop" in request.POST
    if (drops or "all" in request.POST) and "confirmed" not in request.POST:
        asked = [job for job in map(jobs.find_job, wanted) if job and job.state in FAILED]
        if asked:
            return _confirm_page(site, request, asked, drops=drops)
    gone = [number for number in wanted if not _act_on(request, number, drops)]
    _report(request, done=len(wanted) - len(gone), gone=gone, drops=drops)
    return HttpResponseRedirect(_next(request))


def _wanted(request: HttpRequest) -> list[int]:
    """Return the numbers that a form names; of "all", those that its page's choice means."""
    if "all" in request.POST:
        states, queue = _chosen(request.POST)
        found = jobs.list_jobs(states=states, queue=queue, most=MOST_AT_ONCE)
        return [job.id for job in found if job.state in FAILED]
    given = request.POST.getlist("drop") + request.POST.getlist("retry")
    given = [one for one in given if one] or request.POST.getlist("job")
    return [int(one) for one in given if one.isdecimal() and len(one) < 19]


def _confirm_page(
    site: "StaffSite", request: HttpRequest, asked: list[jobs.QueuedJob], *, drops: bool
) -> HttpResponse:
    count = len(asked)
    title = (
        ngettext("Abandonner %d tâche", "Abandonner %d tâches", count)
        if drops
        else ngettext("Réessayer %d tâche", "Réessayer %d tâches", count)
    )
    context = {
        **site.each_context(request),
        "title": title % count,
        "rows": rows_of(asked),
        "drops": drops,
        "next": _next(request),
    }
    request.current_app = site.name
    return TemplateResponse(request, "backoffice/job_confirm.html", context)


def _act_on(request: HttpRequest, number: int, drops: bool) -> bool:
    """Do it, said in the platform's trail; False for a job that has not failed any more."""
    code = "jobs.job.dropped" if drops else "jobs.job.retried"
    found = jobs.find_job(number)
    if found is None or found.state not in FAILED:
        return False
    try:
        with audit.action(code, actor=actor_of(request)):
            audit.log_event("job", str(number), name=found.name)
            (jobs.drop_job if drops else jobs.retry_job)(number)
    except jobs.NoSuchJobError:  # somebody was faster
        return False
    return True


def _report(request: HttpRequest, *, done: int, gone: list[int], drops: bool) -> None:
    if done and drops:
        told = ngettext("%d tâche retirée.", "%d tâches retirées.", done) % done
        messages.success(request, told)
    elif done:
        told = ngettext("%d tâche remise en file.", "%d tâches remises en file.", done) % done
        messages.success(request, told)
    elif not gone:
        messages.error(request, _("Aucune tâche n’est choisie."))
    if gone:
        numbers = ", ".join(str(one) for one in gone[:20])
        messages.error(request, _("Ces tâches ne sont pas en échec : %s.") % numbers)


def _chosen(given: QueryDict) -> tuple[list[str], str]:
    """Return the states and the queue that a list shows; nonsense is no choice."""
    state, queue = given.get("state", ""), given.get("queue", "")
    return [state] if state in jobs.STATES else FAILED, queue if queue in QUEUES else ""


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return reverse("admin:jobs")


def _page_link(state: str, queue: str, page: int) -> str:
    return "?" + urlencode({"state": state, "queue": queue, "page": page})


def _may_act(request: HttpRequest) -> bool:
    """Say who may change the queue. Errors: `PermissionDenied` for who may not even see it."""
    actor = actor_of(request)
    if not policies.can_read_users(actor):
        raise PermissionDenied
    return policies.can_manage_users(actor)
