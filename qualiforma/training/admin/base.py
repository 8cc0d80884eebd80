"""What the pages of all training records have in common."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from qualiforma.admin.kept_filters import OfCode
from qualiforma.admin.records import RecordAdmin, RecordForm, actor_of
from qualiforma.training import policies
from qualiforma.training.states import EnrollmentStatus

# Of what belongs to a record, as many rows stand on its page; the list behind has them all.
SHOWN = 50
ENROLLMENT_BADGES = {
    EnrollmentStatus.ACTIVE: "info",
    EnrollmentStatus.COMPLETED: "success",
    EnrollmentStatus.SUSPENDED: "warning",
    EnrollmentStatus.REVOKED: "",
}


def chosen(field: str) -> tuple[str, Any]:
    """Return a filter by a record that is searched for: its choices are never all loaded."""
    return field, AutocompleteSelectFilter


def moment(instant: Any) -> str:
    """Return an instant as it was in Paris."""
    return date_format(timezone.localtime(instant), "SHORT_DATETIME_FORMAT") if instant else ""


def day(instant: Any) -> str:
    """Return the day that it was in Paris."""
    return date_format(timezone.localdate(instant), "SHORT_DATE_FORMAT") if instant else ""


class Lines(forms.CharField):
    """A list of texts, one on each line."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = str(super().clean(value) or "")
        return [line.strip() for line in text.splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.clean(data)


class ExpectedVersionForm(RecordForm):
    """A form that remembers which version it showed: a change made meanwhile is not overwritten."""

    expected_version = forms.IntegerField(label="", required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["expected_version"] = self.instance.version

    @property
    def expected_versions(self) -> tuple[int, ...] | None:
        """The version that was on the page; None for none."""
        expected_version = self.cleaned_data.get("expected_version")
        return None if expected_version is None else (expected_version,)


class PeriodFilter(OfCode):
    """Before or after now; subclasses name the instant."""

    title = _("période")
    parameter_name = "when"
    instant: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("coming", _("À venir")), ("past", _("Passées"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        now = timezone.now()
        if self.value() == "coming":
            return queryset.filter(**{f"{self.instant}__gte": now})
        return queryset.filter(**{f"{self.instant}__lt": now}) if self.value() else queryset


class TrainingAdmin(RecordAdmin):
    """Read and written by the same policies as the API."""

    may_read = policies.can_read_records
    may_write = policies.can_manage_records
    actions: ClassVar = ()
    list_filter_submit = True
    order: ClassVar[tuple[str, ...]] = ("-created_at", "-id")
    # The fields of the page, and those of them that a new record takes.
    shown: ClassVar[tuple[Any, ...]]
    entered: ClassVar[tuple[Any, ...]] = ()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return self.order

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = self.model._default_manager.order_by(*self.order)
        visible: Callable[..., Any] | None = getattr(rows, "visible_to", None)
        return visible(actor_of(request)) if visible else rows

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": self.entered or self.shown}),)
        expected_version = ("expected_version",) if self.has_change_permission(request, obj) else ()
        return ((None, {"fields": (*self.shown, *expected_version)}),)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return {"record": row, "may_write": self.has_write_permission(request)}


class EvidenceAdmin(TrainingAdmin):
    """Entered, and never changed."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
