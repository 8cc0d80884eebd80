from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from actionplans.models import Action, ActionPlan, Area, Group
from actionplans.services import PlanDraft
from qualiforma.staff.records import RecordForm


class SeenForm(RecordForm):
    """A form that holds the version its page showed: what changed meanwhile is not overwritten."""

    seen = forms.IntegerField(label="", required=False, widget=forms.HiddenInput)
    own: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "seen" in self.fields and not self.instance._state.adding:  # noqa: SLF001 - documented
            self.initial["seen"] = self.instance.version

    def changes(self) -> dict[str, Any]:
        """Return what was changed, as services take it."""
        return self.given(*self.own)

    @property
    def seen_versions(self) -> tuple[int, ...] | None:
        """The version that was on the page; None for none."""
        seen = self.cleaned_data.get("seen")
        return None if seen is None else (seen,)


class PlanForm(SeenForm):
    own = ("title", "description", "visibility")

    class Meta:
        model = ActionPlan
        fields = ("title", "description", "visibility")
        widgets: ClassVar = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 4})}

    def draft(self) -> PlanDraft:
        """Return the plan to be created."""
        return PlanDraft(**{name: self.cleaned_data[name] for name in self.own})


class ActionForm(SeenForm):
    """What the desk changes of an action; its assignees move by buttons."""

    own = ("title", "description", "action_type", "visibility", "due_date")

    class Meta:
        model = Action
        fields = ("title", "description", "action_type", "visibility", "due_date")
        widgets: ClassVar = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 4})}


class AreaForm(RecordForm):
    class Meta:
        model = Area
        fields = ("name", "parent", "position")
        labels: ClassVar = {"parent": _("Sous")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "parent" in self.fields:
            self.fields["parent"].queryset = Area.objects.order_by("name", "id")  # type: ignore[attr-defined]  # a choice of rows


class GroupForm(RecordForm):
    class Meta:
        model = Group
        fields = ("name",)
