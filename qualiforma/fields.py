"""Columns and constraints that the models of several apps have in common."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.text import Truncator

NAME_LENGTH = 80


def one_of(field: str, choices: Iterable[models.TextChoices], name: str) -> models.CheckConstraint:
    """Return a constraint that holds an enum, or the members given, in the database too."""
    values = [one.value for one in choices]
    return models.CheckConstraint(condition=Q(**{f"{field}__in": values}), name=name)


def not_blank(field: str, name: str) -> models.CheckConstraint:
    """Return a constraint that refuses an empty text."""
    return models.CheckConstraint(condition=~Q(**{field: ""}), name=name)


def person_key(**kwargs: Any) -> "models.ForeignKey[Any, Any]":
    """Return a key to a user. Users are deactivated, never deleted."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, **{"related_name": "+", **kwargs}
    )


def shortened(text: str) -> str:
    """Return a text as the name of its record: its beginning, and a sign that there is more."""
    return Truncator(" ".join(text.split())).chars(NAME_LENGTH)


def newest(*before: str, name: str) -> models.Index:
    """Return an index that serves a filter, if any, in the order of the lists."""
    keys = [F(one) for one in before]
    return models.Index(*keys, F("created_at").desc(), F("id").desc(), name=name)
