from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from compliance import policies
from compliance.models import AdaptivePath, NeedsAnalysis, PathModule
from compliance.models.paths import RATIONALE_MAX, REASON_MAX
from compliance.services import AssignmentDraft, ModuleDraft, PathDraft
from compliance.states import AnalysisStatus, UnlockCondition
from qualiforma.accounts.models import User
from qualiforma.admin.form_fields import choice_field, model_choice_field
from qualiforma.admin.readable import ReadableForm
from qualiforma.admin.records import RecordForm
from qualiforma.training.models import Questionnaire
from qualiforma.training.states import QuestionnaireKind

PATH_FIELDS = ("name", "description", "target_audience", "prerequisite_assessment")
ENTRANCE = (QuestionnaireKind.PREREQUISITE, QuestionnaireKind.PRE)
# A list to choose from is no search: the latest ones are enough.
ANALYSES_SHOWN = 200


class PathForm(RecordForm):
    """What a path says of itself; its modules are the rows below."""

    # The version that the page showed: a change made meanwhile is not overwritten.
    expected_version = forms.IntegerField(label="", required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Motif de la modification"),
        required=False,
        max_length=REASON_MAX,
        help_text=_("Conservé avec la nouvelle version."),
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = AdaptivePath
        fields = PATH_FIELDS
        widgets: ClassVar = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "prerequisite_assessment" not in self.fields:
            return  # to be read only
        choices = Questionnaire.objects.filter(kind__in=ENTRANCE).order_by("title", "pk")
        model_choice_field(self, "prerequisite_assessment").queryset = choices
        if not self.instance._state.adding:
            self.initial["expected_version"] = self.instance.version

    @property
    def content(self) -> dict[str, Any]:
        """What the fields hold, as services take it."""
        values = {name: self.value_of(name) for name in PATH_FIELDS[:-1]}
        return values | {"prerequisite_assessment_id": self.value_of("prerequisite_assessment")}

    def draft(self, modules: list[ModuleDraft]) -> PathDraft:
        """Return the path to be created."""
        return PathDraft(**self.content, modules=modules)

    @property
    def expected_versions(self) -> tuple[int, ...] | None:
        """The version that was on the page; None for none."""
        expected_version = self.cleaned_data.get("expected_version")
        return None if expected_version is None else (expected_version,)


class ModuleForm(RecordForm):
    """One module in a row of the path's page."""

    # Asked for once per page, not once per row.
    courses: ClassVar[Sequence[tuple[str, str]]] = ()
    course_id = forms.ChoiceField(
        label=_("Formation"), required=False, widget=UnfoldAdminSelectWidget
    )
    order = forms.IntegerField(
        label=_("Ordre"), required=False, min_value=1, max_value=999, widget=forms.NumberInput
    )

    class Meta:
        model = PathModule
        fields = ("mandatory", "unlock_condition")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("course_id", "order", "unlock_condition", "mandatory"):
            if name in self.fields:  # none of them where the page is to be read only
                self.fields[name].widget.attrs["aria-label"] = str(self.fields[name].label)
        if "course_id" in self.fields:
            choices = [("", "—"), *self.courses]
            choice_field(self, "course_id").choices = choices
            self.initial["course_id"] = self.instance.course_id or ""
            if self.instance.order:
                self.initial["order"] = self.instance.order

    def has_changed(self) -> bool:
        """Always, when it is bound: the rows replace the modules whole, untouched ones too."""
        return bool(self.is_bound) or super().has_changed()


def modules_of(formset: Any) -> list[ModuleDraft]:
    """Return the modules in the order that their numbers say, then numbered anew.

    A row without a course is none; what was removed leaves no gap.
    """
    rows = [
        (row.cleaned_data.get("order") or 999, rank, row.cleaned_data)
        for rank, row in enumerate(formset.forms)
        if row.cleaned_data.get("course_id") and not row.cleaned_data.get("DELETE")
    ]
    return [
        ModuleDraft(
            course_id=values["course_id"],
            order=order,
            mandatory=values["mandatory"],
            unlock_condition=UnlockCondition(values["unlock_condition"]),
        )
        for order, (_order, _rank, values) in enumerate(sorted(rows, key=lambda row: row[:2]), 1)
    ]


class PersonChoice(forms.ModelChoiceField[User]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} – {obj.email}"


class AnalysisChoice(forms.ModelChoiceField[NeedsAnalysis]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} – {obj.company}"


class AssignmentForm(ReadableForm, forms.Form):
    """Who gets the path, and why."""

    user_id = PersonChoice(
        User.objects.none(), label=_("Apprenant"), widget=UnfoldAdminSelectWidget
    )
    needs_analysis_id = AnalysisChoice(
        NeedsAnalysis.objects.none(),
        label=_("Analyse des besoins"),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    rationale = forms.CharField(
        label=_("Pourquoi ce parcours"),
        max_length=RATIONALE_MAX,
        help_text=_("Ce que l’auditeur lira : le besoin, le niveau, l’adaptation retenue."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        learners = User.objects.filter(policies.LEARNERS).order_by("name", "pk")
        model_choice_field(self, "user_id").queryset = learners
        analyses = NeedsAnalysis.objects.filter(status=AnalysisStatus.COMPLETED)
        analyses = analyses.select_related("company").order_by("-completed_at", "-pk")
        latest = analyses.filter(
            pk__in=list(analyses.values_list("pk", flat=True)[:ANALYSES_SHOWN])
        )
        model_choice_field(self, "needs_analysis_id").queryset = latest

    def draft(self) -> AssignmentDraft:
        """Return the assignment to be made."""
        analysis = self.cleaned_data["needs_analysis_id"]
        return AssignmentDraft(
            user_id=self.cleaned_data["user_id"].pk,
            needs_analysis_id=analysis.pk if analysis else None,
            rationale=self.cleaned_data["rationale"],
        )
