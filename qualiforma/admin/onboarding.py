"""What a new organisation does first, as a list on the home page until all of it is done.

Each app adds its steps. Source: issue 23, "Onboarding".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.models import User
from qualiforma.accounts.policies import can_manage_users
from qualiforma.admin.panels import register_first
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.api.problems import page_status_of
from qualiforma.errors import RuleError
from qualiforma.sample_data import Keys, load_samples, remove_samples, sample_keys

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Step:
    """One thing to do. Shape: done as soon as `rows` has any; `page` and `file` name views of the site."""

    rank: int
    title: "StrOrPromise"
    about: "StrOrPromise"
    rows: Callable[[], QuerySet[Any]]
    page: str
    # Where the same comes from a file, whose template can be downloaded there.
    file: str = ""


steps: list[Step] = []


def lines_of(user_id: str, samples: Keys) -> list[dict[str, Any]]:
    """Return the steps in their order, each with whether it is done, by other rows than samples.

    Cost: one statement.
    """
    ranked = sorted(steps, key=lambda step: step.rank)
    rows = [step.rows() for step in ranked]
    own = [one.exclude(pk__in=samples.get(one.model, ())) for one in rows]
    done = User.objects.filter(pk=user_id).values_list(*map(Exists, own))
    return [
        {
            "title": step.title,
            "about": step.about,
            "is_done": is_done,
            "page": reverse(f"admin:{step.page}"),
            "file": f"{reverse(f'admin:{step.file}')}import/" if step.file else "",
        }
        for step, is_done in zip(ranked, done.get(), strict=True)
    ]


@register_first
def onboarding_panel(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """Show who sets the organisation up what is left to do; nothing once it is done."""
    actor = actor_of(request)
    if not can_manage_users(actor):
        return "backoffice/onboarding.html", {}
    samples = sample_keys()
    lines = lines_of(actor.id, samples)
    left = sum(not line["is_done"] for line in lines)
    panel = {"lines": lines if left else [], "left": left, "has_samples": bool(samples)}
    return "backoffice/onboarding.html", panel


@site.page("samples/", "samples")
def samples_view(request: HttpRequest) -> HttpResponse:
    """Say what samples are; a POST loads them, or removes those that are there."""
    actor = actor_of(request)
    if not can_manage_users(actor):
        raise PermissionDenied
    refusal = None
    if request.method == "POST":
        is_removal = "remove" in request.POST
        try:
            with transaction.atomic():
                remove_samples(actor=actor) if is_removal else load_samples(actor=actor)
        except RuleError as error:
            refusal = error
        else:
            done = (
                _("Les exemples sont retirés.") if is_removal else _("Les exemples sont chargés.")
            )
            messages.success(request, str(done))
            return HttpResponseRedirect(reverse("admin:index"))
    context = {
        **site.each_context(request),
        "title": _("Exemples"),
        "has_samples": bool(sample_keys()),
        "refusal": refusal and refusal.detail,
    }
    status = page_status_of(refusal) if refusal else 200
    return TemplateResponse(request, "backoffice/samples.html", context, status=status)
