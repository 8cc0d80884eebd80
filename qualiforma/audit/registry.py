"""What each app says of its models and its actions, in its module `trail`.

A new model without a decision and an action without a sentence fail the tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Model

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Recorded:
    """How a model is recorded in the audit trail. The arguments of its trigger are the same."""

    model: type[Model]
    object_type: str
    root: str
    sensitive: tuple[str, ...]
    skipped: tuple[str, ...]

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return what the trigger is created with: type, columns of key and root, lists."""
        fields: Any = self.model._meta
        key = str(fields.pk.column)
        return (
            self.object_type,
            key,
            str(fields.get_field(self.root).column) if self.root else key,
            "{{{}}}".format(",".join(self.sensitive)),
            "{{{}}}".format(",".join(self.skipped)),
        )


recorded_models: dict[type[Model], Recorded] = {}
left_out: dict[type[Model], str] = {}
sentences: dict[str, "StrOrPromise"] = {}
object_types: dict[str, "StrOrPromise"] = {}


def register(
    model: type[Model],
    object_type: str,
    *,
    root: str = "",
    sensitive: Sequence[str] = (),
    skipped: Sequence[str] = (),
) -> None:
    """Put a model into the trail; a migration of its app creates the triggers.

    `root` names the key to the object whose history its rows belong to. No clear value of
    `sensitive` columns is ever kept; a change of `skipped` ones alone is none.
    """
    recorded_models[model] = Recorded(model, object_type, root, tuple(sensitive), tuple(skipped))
    object_types[object_type] = model._meta.verbose_name or object_type


def root_model(object_type: str) -> type[Model] | None:
    """Return the model of the object whose history such an entry belongs to; None for no row's."""
    for model, recorded in recorded_models.items():
        if recorded.object_type == object_type:
            root = recorded.root and model._meta.get_field(recorded.root).related_model
            return root or model
    return None


def exclude(*models: type[Model], because: str) -> None:
    """Keep models out of the trail, and say why."""
    left_out.update(dict.fromkeys(models, because))


def describe_action(code: str, sentence: "StrOrPromise") -> None:
    """Give an action its sentence; `%(actor)s` stands for who did it."""
    sentences[code] = sentence
