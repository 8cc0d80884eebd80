"""The labels of a field's choices are found in a dictionary that is made once, not for each record.

Django makes it anew for each cell of a list, and hashes each label in it, which looks up its text.
"""

from functools import partialmethod
from typing import Any

from django.apps import apps
from django.db.models import Field
from django.utils.encoding import force_str

_KEPT = "kept_labels"


def labels_of(field: Any) -> dict[Any, Any] | None:
    """Return the labels of the choices that stand in the code, each as it stands there; else None."""
    labels: dict[Any, Any] | None = vars(field).get(_KEPT)
    if labels is None and isinstance(field, Field) and type(field.choices) is list:
        labels = dict(field.flatchoices)
        setattr(field, _KEPT, labels)
    return labels


def label_of(record: Any, field: Any) -> Any:
    """Return what Django's `get_…_display` does."""
    value = getattr(record, field.attname)
    return force_str((labels_of(field) or {}).get(value, value), strings_only=True)


def install() -> None:
    """Let the models' `get_…_display` use it where it is Django's; it offers no other way to."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            name = f"get_{field.name}_display"
            own = vars(model).get(name)
            if labels_of(field) and isinstance(own, partialmethod) and hasattr(field, "attname"):
                setattr(model, name, partialmethod(label_of, field=field))
