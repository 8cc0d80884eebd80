from typing import Any, ClassVar, cast

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from actionplans.admin.widgets import PICKS, PickField
from actionplans.models import FOCUS_ID_MAX, NAME_MAX, Action, ActionPlan, Area, Group
from actionplans.services import ActionDraft, Focus, PlanDraft
from actionplans.states import SCORE_UNNAMED, FocusType, Visibility, is_unnamed_score
from qualiforma.admin.form_fields import model_choice_field
from qualiforma.admin.records import RecordForm

POSITION_MAX = 32_767


class ExpectedVersionForm(RecordForm):
    """A form that holds the version its page showed: what changed meanwhile is not overwritten."""

    expected_version = forms.IntegerField(label="", required=False, widget=forms.HiddenInput)
    own: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expected_version" in self.fields and not self.instance._state.adding:
            self.initial["expected_version"] = self.instance.version

    def changes(self) -> dict[str, Any]:
        """Return what was changed, as services take it."""
        return self.given(*self.own)

    @property
    def expected_versions(self) -> tuple[int, ...] | None:
        """The version that was on the page; None for none."""
        expected_version = self.cleaned_data.get("expected_version")
        return None if expected_version is None else (expected_version,)


class PlanForm(ExpectedVersionForm):
    own = ("title", "description", "visibility")

    class Meta:
        model = ActionPlan
        fields = ("title", "description", "visibility")
        widgets: ClassVar = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 4})}

    def draft(self) -> PlanDraft:
        """Return the plan to be created."""
        return PlanDraft(**{name: self.cleaned_data[name] for name in self.own})


class ActionForm(ExpectedVersionForm):
    """What the back-office changes of an action; its assignees move by buttons."""

    own = ("title", "description", "action_type", "visibility", "due_date", *PICKS)

    assignees = PickField("assignees")
    hierarchy_ids = PickField("hierarchy_ids")
    group_ids = PickField("group_ids")

    class Meta:
        model = Action
        fields: ClassVar[tuple[str, ...]] = (
            "title",
            "description",
            "action_type",
            "visibility",
            "due_date",
        )
        widgets: ClassVar = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance._state.adding
        for name, pick in PICKS.items():
            field = cast("forms.ModelMultipleChoiceField[Any]", self.fields[name])
            before = [] if is_new else pick.before(self.instance)
            self.initial[name] = field.initial = before
            # Who left since may stay as they are.
            field.queryset = pick.rows() | pick.rows().model.objects.filter(pk__in=before)

    def clean_assignees(self) -> list[str]:
        """One at least; a new action's are its creator where nobody is named."""
        chosen: list[str] = self.cleaned_data["assignees"]
        if not chosen and self.initial["assignees"]:
            raise forms.ValidationError(_("Une action doit avoir au moins un responsable."))
        return chosen


class NewActionForm(ActionForm):
    """An action to be added to a plan."""

    focus = ("focus_type", "focus_id", "focus_label")

    focus_type = forms.ChoiceField(
        label=_("Axe"),
        choices=[("", _("Aucun")), *FocusType.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    focus_id = forms.CharField(
        label=_("Indicateur"),
        max_length=FOCUS_ID_MAX,
        required=False,
        help_text=_("À choisir pour un axe « Score »."),
        widget=UnfoldAdminTextInputWidget,
    )
    focus_label = forms.CharField(
        label=_("Libellé"),
        max_length=NAME_MAX,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta(ActionForm.Meta):
        fields = ("plan", *ActionForm.Meta.fields)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignees"].help_text = _("Si vous ne choisissez personne : vous-même.")
        visibility: Any = self.fields["visibility"]
        visibility.required, self.initial["visibility"] = False, ""
        visibility.choices = [("", _("Celle du plan")), *Visibility.choices]

    def clean(self) -> Any:
        values = super().clean() or self.cleaned_data
        kind = values.get("focus_type", "")
        if is_unnamed_score(kind, values.get("focus_id")):
            self.add_error("focus_id", SCORE_UNNAMED)
        if not kind and (values.get("focus_id") or values.get("focus_label")):
            self.add_error("focus_type", _("Choisissez l’axe."))
        return values

    def draft(self) -> ActionDraft:
        """Return the action to be added."""
        values = {name: self.cleaned_data[name] for name in self.own}
        values["visibility"] = values["visibility"] or None
        kind, *about = (self.cleaned_data[name] for name in self.focus)
        return ActionDraft(**values, focus_items=[Focus(FocusType(kind), *about)] if kind else [])


class AreaForm(RecordForm):
    class Meta:
        model = Area
        fields = ("name", "parent", "position")
        labels: ClassVar = {"parent": _("Sous")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "position" in self.fields:  # the model's own validators are not asked here
            self.fields["position"].validators.append(MaxValueValidator(POSITION_MAX))
        if "parent" in self.fields:
            model_choice_field(self, "parent").queryset = Area.objects.order_by("name", "id")


class GroupForm(RecordForm):
    class Meta:
        model = Group
        fields = ("name",)
