"""Query parameters: known, single, and of an allowed value."""

from collections.abc import Iterable, Mapping
from typing import Any

import django_filters
from django import forms
from django.db.models import TextChoices
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request


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
