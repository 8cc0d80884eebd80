"""What a new organisation does first, as a list on the home page until all of it is done.

Each app adds its steps. Source: issue 23, "Onboarding".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from qualiforma.accounts.models import User
from qualiforma.accounts.policies import can_manage_users
from qualiforma.admin.panels import register_home
from qualiforma.admin.records import actor_of

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


def lines_of(user_id: str) -> list[dict[str, Any]]:
    """Return the steps in their order, each with whether it is done. Cost: one statement."""
    ranked = sorted(steps, key=lambda step: step.rank)
    done = User.objects.filter(pk=user_id).values_list(*(Exists(step.rows()) for step in ranked))
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


@register_home
def onboarding_panel(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """Show who sets the organisation up what is left to do; nothing once it is done."""
    actor = actor_of(request)
    lines = lines_of(actor.id) if can_manage_users(actor) else []
    left = sum(not line["is_done"] for line in lines)
    return "backoffice/onboarding.html", {"lines": lines if left else [], "left": left}
