"""Rows of a relation, for querysets: they know the models by their relations alone."""

from typing import Any

from django.db import models


def related_objects(model: type[models.Model], name: str) -> Any:
    """Return the manager `objects` of the rows that a model's relation leads to.

    Errors: `FieldDoesNotExist`.
    """
    related: Any = model._meta.get_field(name).related_model
    return related.objects
