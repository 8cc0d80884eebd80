"""The page where somebody says whether a closed plan has had its effect."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from improvements import services
from improvements.models import (
    ACTION_DESCRIPTION_MAX,
    VALUE_MAX,
    EffectivenessCheck,
    ImprovementPlan,
)
from improvements.states import Effectiveness, Verdict
from qualiforma.admin.asking import DONE, submit
from qualiforma.admin.kept_filters import OfCode
from qualiforma.admin.readable import ReadableForm
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.read_together import RowsTogether

_Base: Any = RecordAdmin if TYPE_CHECKING else object
TITLE = _("Vérifier l’efficacité")


def text_field(label: Any, help_text: Any = "", *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=ACTION_DESCRIPTION_MAX,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class CheckForm(ReadableForm, forms.Form):
    """What was found, and what was measured of each expected result."""

    verdict = forms.ChoiceField(
        label=_("Conclusion"), choices=Verdict.choices, widget=UnfoldAdminSelectWidget
    )
    method = text_field(
        _("Comment l’avez-vous vérifié ?"),
        _("Relevés, enquête, retours des apprenants : ce qui convaincra l’auditeur."),
        required=True,
    )
    comment = text_field(_("Commentaire"))
    verified_on = forms.DateField(
        label=_("Vérifié le"),
        widget=forms.DateInput(attrs={"type": "date", "class": "qf-select"}, format="%Y-%m-%d"),
    )
    successor = forms.BooleanField(
        label=_("Ouvrir un plan suivant"),
        help_text=_("Il reprend la cause, les réclamations et les résultats non atteints."),
        required=False,
    )
    reason = text_field(
        _("Pourquoi ne pas ouvrir de plan suivant"),
        _("À remplir si le plan n’a pas été pleinement efficace."),
    )

    def __init__(self, plan: ImprovementPlan, data: Any = None) -> None:
        super().__init__(data, initial={"verified_on": timezone.localdate()})
        self.results = list(plan.expected_results.all())
        for one in self.results:
            self.fields[self.name_of(one)] = forms.DecimalField(
                label=_("%(name)s : valeur mesurée") % {"name": one.name},
                help_text=one.unit,
                required=False,
                max_value=VALUE_MAX,
                min_value=-VALUE_MAX,
                decimal_places=2,
                localize=True,
                widget=UnfoldAdminTextInputWidget,
            )

    @staticmethod
    def name_of(result: Any) -> str:
        return f"measure_{result.pk}"

    def draft(self) -> services.CheckDraft:
        """Return what was found as `check_effectiveness` takes it."""
        given = self.cleaned_data
        values: list[tuple[Any, Decimal | None]] = [
            (one, given.get(self.name_of(one))) for one in self.results
        ]
        return services.CheckDraft(
            verdict=Verdict(given["verdict"]),
            method=given["method"],
            comment=given["comment"],
            measures=[
                services.Measure(one.pk, value, given["verified_on"])
                for one, value in values
                if value is not None
            ],
            verified_on=given["verified_on"],
            successor=given["successor"],
            reason=given["reason"],
        )


class EffectFilter(OfCode):
    title = _("efficacité")
    parameter_name = "effect"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [
            ("overdue", _("Vérification en retard")),
            ("recurrence", _("Réclamation semblable depuis")),
            *Effectiveness.choices,
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        if chosen == "overdue":
            return queryset.checks_overdue(timezone.localdate())
        if chosen == "recurrence":
            return queryset.filter(recurs=True)
        return queryset.in_effect(chosen) if chosen in Effectiveness.values else queryset


# Their statements are written once.
_after_closing = RowsTogether(
    lambda key: (
        EffectivenessCheck.objects.select_related("verified_by", "successor")
        .filter(plan_id=key)
        .order_by("-number")
    ),
    lambda key: ImprovementPlan.objects.filter(
        follows_plan_id=key, deleted_at__isnull=True
    ).order_by("pk"),
)


class EffectPages(_Base):
    """One page below a closed plan's address."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.effect_view)
        name = "improvements_improvementplan_effect"
        return [path("<path:object_id>/effectiveness/", view, name=name), *super().get_urls()]

    @display(description=_("Efficacité"))
    def effect(self, plan: Any) -> str:
        if plan.recurs:
            return format_html(
                '{} <span class="qf-late">{}</span>', plan.effectiveness.label, _("Récidive")
            )
        return str(plan.effectiveness.label)

    def effect_of(self, request: HttpRequest, plan: ImprovementPlan) -> dict[str, Any]:
        """Return the context that `improvements/effect.html` shows. Cost: one trip, none before the plan is closed."""
        is_closed = plan.closed_at is not None
        checks, followers = _after_closing(plan.pk) if is_closed else ([], [])
        for one in checks:
            one.plan = plan
        return {
            "checks": checks,
            "followers": followers,
            "effect": plan.effectiveness.label,
            "may_check": is_closed and self.has_write_permission(request),
            "check_is_late": plan.effectiveness == Effectiveness.TO_CHECK
            and plan.effectiveness_due_date is not None
            and plan.effectiveness_due_date < timezone.localdate(),
        }

    def effect_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for what was found; a POST keeps it."""
        plan = self.record_of(request, object_id, writing=True)
        if plan.closed_at is None:
            raise Http404
        form = CheckForm(plan, request.POST if request.method == "POST" else None)
        checks = []
        status = submit(
            form,
            lambda: checks.append(
                services.check_effectiveness(plan=plan, draft=form.draft(), actor=actor_of(request))
            ),
        )
        if status == DONE:
            messages.success(request, str(_("Le constat est enregistré.")))
            if checks[0].verifier_is_doer:
                messages.warning(request, str(_("Vous avez mené ce plan : ce sera signalé.")))
            return HttpResponseRedirect(self.page_of(checks[0].successor or plan))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": TITLE,
            "plan": plan,
            "form": form,
        }
        return TemplateResponse(request, "improvements/plan_effect.html", context, status=status)
