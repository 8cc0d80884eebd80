"""Columns and constraints that the models of several apps have in common."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


def one_of(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """Return a constraint that holds an enum in the database too."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": choices.values}), name=name)


def not_blank(field: str, name: str) -> models.CheckConstraint:
    """Return a constraint that refuses an empty text."""
    return models.CheckConstraint(condition=~Q(**{field: ""}), name=name)


def person_key(**kwargs: Any) -> "models.ForeignKey[Any, Any]":
    """Return a key to a user. Users are deactivated, never deleted."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **kwargs
    )
