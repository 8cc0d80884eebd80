from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError as FormError
from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ErrorDetail, ValidationError

from qualiforma.api.filters import EnumFilter
from qualiforma.api.serializers import CalendarDate
from qualiforma.audit.doors import Door
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.registry import object_types, sentences

PARIS = ZoneInfo(settings.TIME_ZONE)
LENGTH = 80


def words(name: str, values: Any) -> type[TextChoices]:
    """An enum of words that apps have registered by now."""
    members = [(f"W{rank}", (one, one)) for rank, one in enumerate(values)]
    return TextChoices(name, members)  # type: ignore[call-overload, no-any-return]  # the functional form


class LowerFilter(EnumFilter):
    """An enum that is kept in lower case."""

    def filter(self, qs: Any, value: str) -> Any:
        return super().filter(qs, value.lower() if value else value)


class DayField(forms.DateField):
    """`YYYY-MM-DD` and no other spelling."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return CalendarDate().to_internal_value(value)
        except ValidationError as error:
            text = CalendarDate.default_error_messages["invalid"]
            raise FormError(text, code="invalid") from error


class DayFilter(django_filters.DateFilter):
    """Instants from the beginning of a Paris day on, or until its end; found by index."""

    field_class = DayField

    def __init__(self, *, until: bool = False, **kwargs: Any) -> None:
        self.until = until
        super().__init__(field_name="at", **kwargs)

    def filter(self, qs: Any, value: Any) -> Any:
        if value is None:
            return qs
        if not self.until:
            return qs.filter(at__gte=datetime.combine(value, time.min, PARIS))
        if value == date.max:
            return qs
        return qs.filter(at__lt=datetime.combine(value + timedelta(days=1), time.min, PARIS))


class AuditEventFilter(django_filters.FilterSet):
    class Meta:
        model = AuditEvent
        fields = ()

    def filter_queryset(self, queryset: QuerySet[AuditEvent]) -> Any:
        since, until = self.form.cleaned_data.get("from"), self.form.cleaned_data.get("to")
        if since and until and since > until:
            detail = ErrorDetail(str(_("« from » est après « to ».")), code="invalid")
            raise ValidationError({"from": [detail]})
        return super().filter_queryset(queryset)


# Public names, one of which is a keyword of Python's.
AuditEventFilter.base_filters.update(
    {
        "objectId": django_filters.CharFilter(
            field_name="object_id", max_length=LENGTH, help_text="Identifiant de l’objet changé."
        ),
        "objectType": LowerFilter(
            field_name="object_type", enum=words("ObjectType", sorted(map(str.upper, object_types)))
        ),
        "actor": django_filters.CharFilter(max_length=LENGTH, help_text="Identifiant de l’auteur."),
        "action": EnumFilter(enum=words("AuditAction", sorted(sentences))),
        "door": LowerFilter(enum=words("AuditDoor", [door.upper() for door in Door.values])),
        "from": DayFilter(help_text="Premier jour, compris, à Paris."),
        "to": DayFilter(until=True, help_text="Dernier jour, compris, à Paris."),
    }
)
for name in ("actor", "action", "door"):
    AuditEventFilter.base_filters[name].field_name = name
