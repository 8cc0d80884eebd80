"""Query parameters: known, single, and of an allowed value."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import Expression, F, TextChoices
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from qualiforma.api.serializers import CalendarDate
from qualiforma.ids import id_example, id_hint, id_length, id_pattern
from qualiforma.naming import camel
from qualiforma.search import matching

SEARCH_MAX = 200


class EnumFilter(django_filters.ChoiceFilter):
    """One value of an enum; an unknown one is refused naming the allowed ones."""

    def __init__(self, *, enum: type[TextChoices], **kwargs: Any) -> None:
        allowed = ", ".join(enum.values)
        super().__init__(
            choices=[(value, value) for value in enum.values],
            empty_label=None,
            error_messages={
                "invalid_choice": format_lazy(
                    _lazy("Valeurs admises : {allowed}."), allowed=allowed
                )
            },
            **kwargs,
        )


class FlagFilter(django_filters.ChoiceFilter):
    """`true` or `false`; anything else is refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("true", "true"), ("false", "false")],
            empty_label=None,
            error_messages={
                "invalid_choice": format_lazy(
                    _lazy("Valeurs admises : {allowed}."), allowed="true, false"
                )
            },
            **kwargs,
        )

    def filter(self, qs: Any, value: str) -> Any:
        return super().filter(qs, {"true": True, "false": False}.get(value, value))


@extend_schema_field({"type": "string", "maxLength": SEARCH_MAX})
class SearchFilter(django_filters.CharFilter):
    """Rows whose fields contain each word; accents and case make no difference."""

    def __init__(self, *, fields: tuple[str | Expression, ...], **kwargs: Any) -> None:
        super().__init__(max_length=SEARCH_MAX, **kwargs)
        self.fields = fields

    def filter(self, qs: Any, value: str) -> Any:
        return matching(qs, value, *self.fields) if value else qs


class _DayField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return CalendarDate().run_validation(value)
        except ValidationError as error:
            raise forms.ValidationError(str(next(iter(error.detail))), code="invalid") from error


@extend_schema_field(OpenApiTypes.DATE)
class DayFilter(django_filters.Filter):
    """A calendar day, `YYYY-MM-DD`, as strict as in a body."""

    field_class = _DayField


class InstantDayFilter(DayFilter):
    """Instants from the start of a Paris day, or with `last` up to its end; an index serves both."""

    def __init__(self, *, last: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.last = last

    def filter(self, qs: Any, value: Any) -> Any:
        if not value or (self.last and value == date.max):
            return qs
        zone = timezone.get_default_timezone()
        if self.last:
            bound = datetime.combine(value + timedelta(days=1), time.min, zone)
            return qs.filter(**{f"{self.field_name}__lt": bound})
        return qs.filter(**{f"{self.field_name}__gte": datetime.combine(value, time.min, zone)})


class IdFilter(django_filters.CharFilter):
    """An id of this prefix, or `BARE`; one that nothing has finds nothing."""

    def __init__(self, *, prefix: str, **kwargs: Any) -> None:
        message = id_hint(prefix)
        if prefix:
            message = format_lazy(_lazy("Un identifiant {prefix}_… est attendu."), prefix=prefix)
        valid = RegexValidator(rf"\A{id_pattern(prefix)}\Z", message)
        super().__init__(validators=[valid], strip=False, **kwargs)
        shape = {
            "type": "string",
            "maxLength": id_length(prefix),
            "pattern": f"^{id_pattern(prefix)}$",
        }
        extend_schema_field(shape | {"examples": [id_example(prefix)]})(self)


class WholeNumberFilter(django_filters.Filter):
    """A number from `least` to `most`, in plain digits; `contains` looks for it in a list."""

    field_class = forms.RegexField

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        message = format_lazy(
            _lazy("Un nombre de {least} à {most} est attendu."), least=least, most=most
        )
        digits = f"(?:{'|'.join(str(number) for number in range(least, most + 1))})"
        super().__init__(regex=rf"\A{digits}\Z", error_messages={"invalid": message}, **kwargs)
        extend_schema_field({"type": "integer", "minimum": least, "maximum": most})(self)

    def filter(self, qs: Any, value: str) -> Any:
        if not value:
            return qs
        return super().filter(qs, [int(value)] if self.lookup_expr == "contains" else int(value))


class OrderFilter(django_filters.ChoiceFilter):
    """How the list is ordered: by a wire name, `-` before it for the other way; ties by id."""

    def __init__(self, *, by: Mapping[str, Any], **kwargs: Any) -> None:
        self.by = {sign + name: expression for name, expression in by.items() for sign in ("", "-")}
        message = format_lazy(_lazy("Valeurs admises : {allowed}."), allowed=", ".join(self.by))
        super().__init__(
            choices=[(name, name) for name in self.by],
            empty_label=None,
            error_messages={"invalid_choice": message},
            **kwargs,
        )

    def filter(self, qs: Any, value: str) -> Any:
        if not value:
            return qs
        expression = self.by[value]
        if value.startswith("-"):
            return qs.order_by(expression.desc(), F("id").desc())
        return qs.order_by(expression.asc(), F("id").asc())


class WireFilterSet(django_filters.FilterSet):
    """Filters whose parameters are named as the wire names things."""

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        return {camel(name): one for name, one in super().get_filters().items()}


class StrictFilterBackend(DjangoFilterBackend):
    """django-filter's backend; the names it knows are what `check_query` allows."""


def check_query(request: Request, allowed: Iterable[str]) -> None:
    """Refuse unknown and repeated query parameters.

    Errors: 400 naming each; a misspelt filter must not answer the unfiltered list.
    """
    names = sorted(set(allowed))
    errors: dict[str, list[ErrorDetail]] = {}
    for name, values in request.query_params.lists():
        if name not in names:
            hint = _("Paramètre inconnu. Admis : %s.") % (", ".join(names) or "—")
            errors[name or "query"] = [ErrorDetail(hint, code="unknown")]
        elif len(values) > 1:
            errors[name] = [ErrorDetail(_("Paramètre répété."), code="repeated")]
        elif "\x00" in values[0]:
            errors[name] = [ErrorDetail(_("Caractère nul refusé."), code="invalid")]
    if errors:
        raise ValidationError(errors)


def filter_names(view: Any) -> Mapping[str, forms.Field]:
    """Return the filters of a view's filterset, by query parameter."""
    filterset = getattr(view, "filterset_class", None)
    return filterset.base_filters if filterset else {}
