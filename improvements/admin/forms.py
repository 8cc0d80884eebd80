from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from improvements.models import (
    Complaint,
    CorrectiveAction,
    ImprovementPlan,
)
from improvements.services import ActionDraft, PlanDraft
from improvements.services.policy import Lack, missing_to_give_up
from improvements.states import ActionKind, PlanStatus
from qualiforma.admin.form_fields import choice_field, model_choice_field, name_in_row
from qualiforma.admin.indicators import IndicatorsField
from qualiforma.admin.people import SEARCHED, PeopleSelect, offer_people
from qualiforma.admin.picking import PickWidget
from qualiforma.admin.readable import ReadableForm
from qualiforma.admin.records import RecordForm

COMPLAINTS_MAX = 50
PLAN_FIELDS = (
    *("title", "description", "trigger", "owner", "target_date", "indicators"),
    *("root_cause", "cause_method"),
)


def describe_complaint(complaint: Complaint) -> str:
    """Return the label that distinguishes complaints with the same subject."""
    day = date_format(timezone.localdate(complaint.received_at), "SHORT_DATE_FORMAT")
    return f"{complaint.subject} – {day}, {complaint.get_status_display()}"


class PlanForm(RecordForm):
    """A plan's fields. Its status moves by buttons."""

    # The version that the page showed: a change made meanwhile is not overwritten.
    expected_version = forms.IntegerField(label="", required=False, widget=forms.HiddenInput)
    indicators = IndicatorsField(
        label=_("Indicateurs Qualiopi"),
        required=False,
        help_text=_("Numéros séparés par des virgules ; vide : selon le déclencheur."),
        widget=UnfoldAdminTextInputWidget,
    )
    linked_complaint_ids = forms.ModelMultipleChoiceField(
        Complaint.objects.none(),
        label=_("Réclamations liées"),
        required=False,
        widget=PickWidget(
            route="admin:improvements_complaint_pick",
            describe=describe_complaint,
            label=_("Réclamations liées"),
            placeholder=_("Chercher une réclamation à lier"),
        ),
    )

    # Asked for once per page, for the rows of actions too.
    people: ClassVar[Sequence[tuple[str, str]] | None] = None

    class Meta:
        model = ImprovementPlan
        fields = PLAN_FIELDS
        widgets: ClassVar = {
            "description": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
            "root_cause": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saved = None if self.instance._state.adding else self.instance
        if saved:
            # Of a plan that is read only now, too: who typed into it before learns why it is refused.
            self.initial["expected_version"] = saved.version
        if "owner" not in self.fields:
            return  # to be read only
        model_choice_field(self, "linked_complaint_ids").queryset = Complaint.objects.newest_first()
        offer_people(self.fields["owner"], saved.owner_id if saved else None, self.people)
        if saved:
            self._fix_trigger(saved)
            linked = {one.pk: one for one in saved.linked_complaints}
            self.initial["linked_complaint_ids"] = list(linked)
            cast("PickWidget", self.fields["linked_complaint_ids"].widget).known = linked

    def _fix_trigger(self, plan: ImprovementPlan) -> None:
        """Offer no other once the plan is started. What is sent all the same, the service refuses."""
        if self.is_bound or plan.status == PlanStatus.DRAFT:
            return
        field: Any = self.fields["trigger"]
        field.choices = [(plan.trigger, plan.get_trigger_display())]
        field.help_text = _("Ne change plus une fois le plan démarré.")

    def clean_indicators(self) -> list[int]:
        numbers: list[int] = self.cleaned_data["indicators"]
        return list(dict.fromkeys(numbers))

    def clean_linked_complaint_ids(self) -> list[str]:
        """Keys, those linked already in their order, then the others."""
        chosen = {one.pk for one in self.cleaned_data["linked_complaint_ids"]}
        if len(chosen) > COMPLAINTS_MAX:
            raise forms.ValidationError(_("%s réclamations au plus.") % COMPLAINTS_MAX)
        before = [pk for pk in self.initial.get("linked_complaint_ids", []) if pk in chosen]
        return before + sorted(chosen - set(before))

    def changes(self) -> dict[str, Any]:
        """Return what was changed, as `edit_plan` takes it."""
        return self.given(*PLAN_FIELDS, "linked_complaint_ids")

    @property
    def expected_versions(self) -> tuple[int, ...] | None:
        """The version that was on the page; None for none."""
        expected_version = self.cleaned_data.get("expected_version")
        return None if expected_version is None else (expected_version,)

    def draft(self) -> PlanDraft:
        """Return the plan to be created; its actions are added one by one."""
        values = {name: self.value_of(name) for name in PLAN_FIELDS}
        values["indicators"] = values["indicators"] or None
        links = self.cleaned_data["linked_complaint_ids"]
        return PlanDraft(**values, linked_complaint_ids=links)


class ActionForm(RecordForm):
    """One corrective action in a row of the plan's page."""

    # Asked for once per page, not once per row.
    owners: ClassVar[Sequence[tuple[str, str]]] = ()
    owner_id = forms.ChoiceField(
        label=_("Responsable"), required=False, widget=PeopleSelect(attrs={**SEARCHED})
    )

    completed_on = forms.DateField(
        label=_("Terminée le"),
        required=False,
        widget=UnfoldAdminDateWidget,
    )

    class Meta:
        model = CorrectiveAction
        fields = ("description", "kind", "status", "due_date", "reason")
        labels: ClassVar = {"reason": _("Motif d’annulation ou de report")}
        widgets: ClassVar = {
            "description": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "reason": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_in_row(self)
        if "owner_id" not in self.fields:
            return  # to be read only
        self.fields["kind"].required = False
        if self.instance.completed_at:
            self.initial["completed_on"] = timezone.localdate(self.instance.completed_at)
        known = dict(self.owners)
        if self.instance.owner_id and self.instance.owner_id not in known:  # deactivated since
            known[self.instance.owner_id] = str(self.instance.owner)
        choices = [("", _("Le responsable du plan")), *known.items()]
        choice_field(self, "owner_id").choices = choices
        self.initial["owner_id"] = self.instance.owner_id or ""

    def clean_kind(self) -> str:
        """Return the kind that was chosen; without one it stays what it is."""
        return self.cleaned_data["kind"] or self.initial.get("kind") or ActionKind.CORRECTIVE

    def changes(self) -> dict[str, Any]:
        """Return what was changed, as `change_action` takes it."""
        changes = self.given("description", "kind", "status", "due_date", "reason")
        if "owner_id" in self.changed_data and self.cleaned_data["owner_id"]:
            changes["owner"] = self.cleaned_data["owner_id"]
        if "completed_on" in self.changed_data and self.cleaned_data["completed_on"]:
            changes["completed_on"] = self.cleaned_data["completed_on"]
        return changes

    def draft(self) -> ActionDraft:
        """Return the action to be added."""
        values = self.cleaned_data
        return ActionDraft(
            description=values["description"],
            owner=values["owner_id"] or None,
            due_date=values["due_date"],
            kind=values["kind"],
        )


class MoveForm(ReadableForm, forms.Form):
    """What a move asks for: nothing, unless a class of its own says so."""

    def __init__(self, *args: Any, plan: ImprovementPlan | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan

    def missing(self) -> list[Lack]:
        """Return what was left empty that the move lacks."""
        return []


class ReasonForm(MoveForm):
    """Why a plan is given up."""

    reason = forms.CharField(
        label=_("Motif"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )

    def missing(self) -> list[Lack]:
        return missing_to_give_up(self.cleaned_data["reason"])
