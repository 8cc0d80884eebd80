"""What the organisation says of itself, as a guided form that says what each answer changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance import policies, services
from compliance.admin.logo import LogoForm, logo_of
from compliance.admin.organisation_forms import (
    INHERENT_SAID,
    OrganisationForm,
    category_effect,
    condition_effect,
    listed,
    new_entrant_effect,
)
from compliance.models import OrganisationProfile
from compliance.models.organisation import PROFILE_ID
from qualiforma.accounts.actor import Actor
from qualiforma.admin import conflicts
from qualiforma.admin.form_errors import add_errors_to_form
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import MenuEntry, site
from qualiforma.api.problems import page_status_of
from qualiforma.errors import RuleError, StaleError
from qualiforma.qualiopi.applicability import Applicability, Profile, applicability
from qualiforma.qualiopi.grids import Grid, grid_for
from qualiforma.qualiopi.states import Category, Condition

TITLE = _("Notre organisme")
IDENTITY = ("activity_number", "address", "representative")
CERTIFICATE = (
    *("certifier", "certificate_number"),
    *("first_certified_on", "certified_until"),
)
AUDITS = ("last_audit_on", "next_audit_kind", "next_audit_on")
DELAYS = ("acknowledge_days", "answer_days", "public_complaints")
RULES = ("policy", "verifier_policy", "effectiveness_days", "recurrence_days")


@dataclass(frozen=True)
class Effect:
    """Which indicators apply by the answers on the page, and what is new about that."""

    rows: list[Applicability]
    added: str
    removed: str

    @property
    def applicable(self) -> list[Applicability]:
        """Those that an auditor will ask for."""
        return [one for one in self.rows if one.applicable]

    @property
    def others(self) -> list[tuple[str, str]]:
        """The numbers of the others, by the reason why they do not apply."""
        by_reason: dict[str, list[int]] = {}
        for one in self.rows:
            if not one.applicable:
                by_reason.setdefault(one.reason, []).append(one.indicator.number)
        return [(reason, listed(numbers)) for reason, numbers in by_reason.items()]


def effect_of(answers: Profile, saved: Profile, grid: Grid) -> Effect:
    """Compare the answers on the page with those that are kept."""
    rows, before = applicability(answers, grid), applicability(saved, grid)
    pairs = list(zip(rows, before, strict=True))
    added = [new.indicator.number for new, old in pairs if new.applicable and not old.applicable]
    removed = [new.indicator.number for new, old in pairs if old.applicable and not new.applicable]
    return Effect(rows, listed(added), listed(removed))


@site.page(
    "compliance/organisation/",
    "organisation",
    MenuEntry("organisation", TITLE, "compliance", policies.can_read_records),
)
def organisation_view(request: HttpRequest) -> HttpResponse:
    """Show the form; a POST keeps the answers, or with `preview` only says what they change."""
    actor = actor_of(request)
    may_write = policies.can_change_organisation(actor)
    if request.method == "POST" and not may_write:
        raise PermissionDenied
    # Before the profile is read: what changes in between is shown rather than missed.
    opened = request.POST.get(conflicts.OPENED) or conflicts.last_entry(PROFILE_ID)
    profile, status = services.read_organisation(), 200
    form = OrganisationForm(profile, request.POST if request.method == "POST" else None)
    if not may_write:
        for field in form.fields.values():
            field.disabled = True
    if form.is_bound and not form.is_valid():
        status = 400
    elif form.is_bound and "preview" not in request.POST:
        refusal = _refusal_of(form, actor)
        if refusal is None:
            messages.success(request, str(_("Vos réponses sont enregistrées.")))
            return HttpResponseRedirect(reverse("admin:organisation"))
        return _refused_page(request, form, refusal)
    context = {**site.each_context(request), **_page_of(form, profile), "may_write": may_write}
    context |= {"opened": opened, "upload": LogoForm() if may_write else None}
    return TemplateResponse(request, "compliance/organisation.html", context, status=status)


def _refusal_of(form: OrganisationForm, actor: Actor) -> RuleError | None:
    """Keep the answers; return what the service refused of them."""
    try:
        with transaction.atomic():
            services.change_organisation(
                changes=form.changes(), actor=actor, expected_versions=form.expected_versions
            )
    except RuleError as refusal:
        return refusal
    return None


def _refused_page(request: HttpRequest, form: OrganisationForm, refusal: RuleError) -> HttpResponse:
    """Show the form again, with what others changed meanwhile if that is why it was refused."""
    profile = services.read_organisation()
    context = {
        "may_write": True,
        "opened": request.POST.get(conflicts.OPENED, ""),
        "upload": LogoForm(),
    }
    if isinstance(refusal, StaleError):
        context["conflict"] = conflicts.merge(request, profile.pk, OrganisationForm(profile))
        context["opened"] = request.POST[conflicts.OPENED]
        form, refusal = OrganisationForm(profile, request.POST), conflicts.refusal()
        form.full_clean()
    add_errors_to_form(form, refusal)
    context |= {**site.each_context(request), **_page_of(form, profile)}
    return TemplateResponse(
        request, "compliance/organisation.html", context, status=page_status_of(refusal)
    )


def _page_of(form: OrganisationForm, profile: OrganisationProfile) -> dict[str, Any]:
    today = timezone.localdate()
    day = profile.audit_day(today)
    grid = grid_for(day)
    return {
        "title": TITLE,
        "form": form,
        "profile": profile,
        "logo": logo_of(profile),
        "grid": grid,
        "effect": effect_of(form.answers(), profile.answers, grid),
        "days_left": profile.days_left(today),
        # The page asks for the next audit once the planned one has passed.
        "is_past": profile.next_audit_on is not None and profile.next_audit_on < today,
        "choices": [
            (form["categories"], "", _choices(form, "categories", Category, category_effect, grid)),
            (form["new_entrant"], new_entrant_effect(grid), _choices(form, "new_entrant")),
            (
                form["conditions"],
                INHERENT_SAID,
                _choices(form, "conditions", Condition, condition_effect, grid),
            ),
        ],
        "parts": [
            (_("Votre organisme"), [form[name] for name in IDENTITY]),
            (_("Votre certificat"), [form[name] for name in CERTIFICATE]),
            (_("Vos audits"), [form[name] for name in AUDITS]),
            (
                _("Vos réclamations"),
                [form[name] for name in DELAYS],
            ),
            (_("Vos plans d’amélioration"), [form[name] for name in RULES]),
        ],
    }


def _choices(
    form: OrganisationForm,
    name: str,
    enum: Any = None,
    effect: Callable[[Any, Grid], str] | None = None,
    grid: Grid | None = None,
) -> list[tuple[Any, str]]:
    """Return the boxes of a question, each with what it changes."""
    return [
        (box, effect(enum(box.data["value"]), grid) if effect and grid else "")
        for box in form[name].subwidgets
    ]
