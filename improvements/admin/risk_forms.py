from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminTextareaWidget,
)

from improvements.models import RISK_TEXT_MAX, Risk, RiskReview
from improvements.services import RiskDraft
from improvements.states import RISK_MOVES, RiskStatus
from qualiforma.accounts.models import User
from qualiforma.admin.form_fields import choice_field, model_choice_field
from qualiforma.admin.indicators import IndicatorsField
from qualiforma.admin.records import RecordForm

IMPROVEMENT = [32]
KEYS = {"owner": "owner_id", "plan": "plan_id"}
FIELDS = (
    *("title", "description", "likelihood", "severity", "treatment", "measures"),
    *("owner", "plan", "indicators", "next_review_on"),
)


class RiskForm(RecordForm):
    """A risk; its status offers the legal moves from the current one."""

    indicators = IndicatorsField(
        label=_("Indicateurs Qualiopi"),
        help_text=_("Numéros séparés par des virgules."),
        initial=IMPROVEMENT,
    )
    next_review_on = forms.DateField(
        label=_("Prochaine revue le"),
        required=False,
        help_text=_("Si vide : dans douze mois."),
        widget=UnfoldAdminDateWidget,
    )
    # The version that the page showed.
    expected_version = forms.IntegerField(label="", required=False, widget=forms.HiddenInput)

    class Meta:
        model = Risk
        fields = (*FIELDS, "status")
        widgets: ClassVar = {
            "description": UnfoldAdminTextareaWidget(attrs={"rows": 3, "maxlength": RISK_TEXT_MAX}),
            "measures": UnfoldAdminTextareaWidget(attrs={"rows": 3, "maxlength": RISK_TEXT_MAX}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "owner" in self.fields:
            owner = Q(is_active=True) | Q(pk=self.instance.owner_id)
            model_choice_field(self, "owner").queryset = User.objects.filter(owner).order_by(
                "name", "pk"
            )
        if "status" in self.fields:
            current = RiskStatus(self.instance.status)
            possible = {current, *RISK_MOVES[current]}
            choice_field(self, "status").choices = [
                (one.value, one.label) for one in RiskStatus if one in possible
            ]
        self.initial["expected_version"] = self.instance.version

    def changes(self) -> dict[str, Any]:
        """Return what was changed, as `change_risk` takes it."""
        given = self.given(*FIELDS, "status")
        if given.get("next_review_on", "") is None:
            del given["next_review_on"]
        return {KEYS.get(name, name): value for name, value in given.items()}

    @property
    def expected_versions(self) -> tuple[int, ...] | None:
        """The version that was on the page; None for none."""
        expected_version = self.cleaned_data.get("expected_version")
        return None if expected_version is None else (expected_version,)

    def draft(self) -> RiskDraft:
        """Return the risk to be entered."""
        values = {KEYS.get(name, name): self.value_of(name) for name in FIELDS}
        return RiskDraft(**values)


class RiskReviewForm(RecordForm):
    """A review: of all risks that are not closed, unless some are chosen."""

    risks = forms.ModelMultipleChoiceField(
        label=_("Risques revus"),
        queryset=Risk.objects.none(),
        required=False,
        help_text=_("Si vous n’en choisissez aucun : tous les risques non clos."),
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = RiskReview
        fields = ("reviewed_on", "participants", "decisions")
        widgets: ClassVar = {
            "participants": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "decisions": UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model_choice_field(self, "risks").queryset = Risk.objects.watched().order_by(
            "-level", "title", "pk"
        )
