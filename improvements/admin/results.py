"""Expected results in rows of their plan's page."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from improvements import policies
from improvements.admin.actions import ReadRows, is_workable
from improvements.models import ACTION_DESCRIPTION_MAX, RESULTS_MAX, ExpectedResult
from improvements.services import ResultDraft
from qualiforma.admin.form_fields import name_in_row
from qualiforma.admin.records import RecordForm, actor_of

FIELDS = (
    *("name", "unit", "baseline", "target", "direction"),
    *("measured_value", "measured_on", "not_measurable_until"),
)


class ResultForm(RecordForm):
    """One expected result in a row."""

    target_reason = forms.CharField(
        label=_("Motif du changement"),
        required=False,
        max_length=ACTION_DESCRIPTION_MAX,
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = ExpectedResult
        fields = FIELDS
        localized_fields = ("baseline", "target", "measured_value")  # people type 3,5

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_in_row(self)

    def draft(self) -> ResultDraft:
        """Return the row as `edit_plan` takes it."""
        given = {name: self.cleaned_data[name] for name in (*FIELDS, "target_reason")}
        key = None if self.instance._state.adding else self.instance.pk
        return ResultDraft(id=key, **given)


class ResultInline(TabularInline):
    model = ExpectedResult
    form = ResultForm
    formset = ReadRows
    extra = 0
    max_num = RESULTS_MAX
    hide_title = True
    verbose_name_plural = _("Résultats attendus")
    readonly_fields: ClassVar = ("found",)

    @display(description=_("Constat"))
    def found(self, result: ExpectedResult) -> str:
        return str({True: _("Atteint"), False: _("Non atteint"), None: "–"}[result.met])

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.can_read_register(actor_of(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.can_manage_plans(actor_of(request)) and is_workable(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if not self.has_change_permission(request, obj):
            return (*FIELDS, "found")
        return (*FIELDS, *(("target_reason", "found") if obj else ()))


def drafts_of(formset: Any) -> list[ResultDraft]:
    """Return the rows that stay, in their order."""
    rows = [row for row in formset.forms if row.instance.pk in _kept(formset) or row.has_changed()]
    return [row.draft() for row in rows if not row.cleaned_data.get("DELETE")]


def _kept(formset: Any) -> set[str]:
    return {row.instance.pk for row in formset.initial_forms}
