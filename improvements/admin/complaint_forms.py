from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextareaWidget

from improvements.models import EMAIL_MAX, Complaint, ComplaintTheme
from improvements.services import ComplaintDraft
from improvements.states import COMPLAINT_MOVES, ComplaintStatus
from qualiforma.admin.form_fields import choice_field, model_choice_field
from qualiforma.admin.records import RecordForm

RECEPTION_FIELDS = (
    "subject",
    "description",
    ("kind", "channel"),
    ("complainant_name", "complainant_role"),
    "complainant_email",
    "received_at",
    ("enrollment", "theme"),
)
ANSWER_FIELDS = ("acknowledged_at", "status", "resolution", "resolved_at")
# Keys to other rows; services take them under the names of their columns.
RELATED = ("enrollment", "theme")
DRAFT_FIELDS = (
    *("subject", "description", "kind", "channel"),
    *("complainant_name", "complainant_role", "complainant_email", "received_at"),
)


class ComplaintForm(RecordForm):
    """A complaint; its status offers the legal moves from the current one."""

    # The version that the page showed.
    expected_version = forms.IntegerField(label="", required=False, widget=forms.HiddenInput)

    complainant_email = forms.EmailField(
        label=_("E-mail de l’auteur"),
        max_length=EMAIL_MAX,
        required=False,
        widget=UnfoldAdminEmailInputWidget,
    )

    class Meta:
        model = Complaint
        fields = (*DRAFT_FIELDS, *RELATED, *ANSWER_FIELDS)
        widgets: ClassVar = {
            "description": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
            "resolution": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "received_at" in self.fields and self.instance._state.adding:
            self.fields["received_at"].required = False  # then it is now
        if "theme" in self.fields:
            kept = Q(archived=False) | Q(pk=self.instance.theme_id)
            model_choice_field(self, "theme").queryset = ComplaintTheme.objects.filter(kept)
        if "status" in self.fields:
            current = ComplaintStatus(self.instance.status)
            possible = {current, *COMPLAINT_MOVES[current]}
            choice_field(self, "status").choices = [
                (one.value, one.label) for one in ComplaintStatus if one in possible
            ]
        self.initial["expected_version"] = self.instance.version

    def changes(self) -> dict[str, Any]:
        """Return what was changed, as `change_complaint` takes it."""
        changes = self.given(*DRAFT_FIELDS, *ANSWER_FIELDS)
        keys = self.given(*RELATED)
        return changes | {f"{name}_id": value for name, value in keys.items()}

    @property
    def expected_versions(self) -> tuple[int, ...] | None:
        """The version that was on the page; None for none."""
        expected_version = self.cleaned_data.get("expected_version")
        return None if expected_version is None else (expected_version,)

    def draft(self) -> ComplaintDraft:
        """Return the complaint to be entered."""
        values = {name: self.value_of(name) for name in DRAFT_FIELDS}
        keys = {f"{name}_id": self.value_of(name) for name in RELATED}
        return ComplaintDraft(**values, **keys)
