from typing import Any

import django_filters
from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ErrorDetail, ValidationError

from qualiforma.api.filters import EnumFilter, InstantDayFilter, WireFilterSet
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.registry import object_types, sentences
from qualiforma.audit.sources import Source

LENGTH = 80


def words(name: str, values: Any) -> type[TextChoices]:
    """An enum of words that apps have registered by now."""
    members = [(f"W{rank}", (one, one)) for rank, one in enumerate(values)]
    return TextChoices(name, members)  # type: ignore[call-overload, no-any-return]  # the functional form


class LowerFilter(EnumFilter):
    """An enum that is kept in lower case."""

    def filter(self, qs: Any, value: str) -> Any:
        return super().filter(qs, value.lower() if value else value)


class AuditEventFilter(WireFilterSet):
    object_id = django_filters.CharFilter(
        max_length=LENGTH, help_text="Identifiant de l’objet changé."
    )
    object_type = LowerFilter(enum=words("ObjectType", sorted(map(str.upper, object_types))))
    actor = django_filters.CharFilter(max_length=LENGTH, help_text="Identifiant de l’auteur.")
    action = EnumFilter(enum=words("AuditAction", sorted(sentences)))
    door = LowerFilter(enum=words("AuditDoor", [door.upper() for door in Source.values]))
    from_ = InstantDayFilter(field_name="at", help_text="Premier jour, compris, à Paris.")
    to = InstantDayFilter(field_name="at", last=True, help_text="Dernier jour, compris, à Paris.")

    class Meta:
        model = AuditEvent
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: QuerySet[AuditEvent]) -> Any:
        since, until = self.form.cleaned_data.get("from"), self.form.cleaned_data.get("to")
        if since and until and since > until:
            detail = ErrorDetail(str(_("« from » est après « to ».")), code="invalid")
            raise ValidationError({"from": [detail]})
        return super().filter_queryset(queryset)
