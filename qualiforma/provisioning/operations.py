"""A migration's operations, applied with as few classes of models made as they need.

After each operation Django makes the classes of the changed model and of all that are related to it
anew: nearly all of what migrating an empty schema costs. An index or a constraint changes no field,
hence no class; models that are created one after the other, and fields that are added so, are made at once.
"""

from itertools import groupby
from typing import Any

from django.db.migrations.migration import Migration
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    CreateModel,
    RemoveConstraint,
    RemoveIndex,
    RunSQL,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

_OPTIONS = {
    AddIndex: "indexes",
    RemoveIndex: "indexes",
    AddConstraint: "constraints",
    RemoveConstraint: "constraints",
}


def apply(migration: Migration, state: ProjectState, editor: Any) -> ProjectState:
    """Apply a migration as `Migration.apply` does, to the same end."""
    if not editor.atomic_migration:  # each operation has a transaction of its own
        return Migration.apply(migration, state, editor)
    label = migration.app_label
    for kind, group in groupby(migration.operations, type):
        operations = list(group)
        if kind in _OPTIONS or kind in {CreateModel, AddField}:
            _apply_together(operations, label, state, editor)
            continue
        for operation in operations:
            before = state.clone()
            operation.state_forwards(label, state)
            operation.database_forwards(label, editor, before, state)
    return state


def leaves_models(migration: Migration) -> bool:
    """Say whether a migration changes no model."""
    return all(isinstance(one, RunSQL) and not one.state_operations for one in migration.operations)


def _apply_together(operations: Any, label: str, state: ProjectState, editor: Any) -> None:
    """Apply operations of one kind, none of which reads what another of them changes."""
    before = state.clone()
    rendered = vars(state).pop("apps", None)  # without it, the state makes no class
    for operation in operations:
        operation.state_forwards(label, state)
    if rendered is not None:
        vars(state)["apps"] = rendered
        _render(operations, label, state)
    for operation in operations:
        operation.database_forwards(label, editor, before, state)


def _render(operations: Any, label: str, state: ProjectState) -> None:
    """Bring the classes up to what these operations have made of the state."""
    for operation in operations:
        if option := _OPTIONS.get(type(operation)):
            changed = state.models[label, operation.model_name_lower]
            meta = state.apps.get_model(label, operation.model_name)._meta
            setattr(meta, option, list(changed.options[option]))
            vars(meta).pop("total_unique_constraints", None)
    if changed := {(label, _model_of(one)) for one in operations if type(one) not in _OPTIONS}:
        state.reload_models(sorted(changed), delay=not any(map(_relates, operations)))


def _model_of(operation: Any) -> str:
    name: str = (
        operation.name_lower if isinstance(operation, CreateModel) else operation.model_name_lower
    )
    return name


def _relates(operation: Operation) -> bool:
    """Say whether others' classes change with this operation's: as Django has it."""
    return isinstance(operation, CreateModel) or operation.field.is_relation  # type: ignore[attr-defined]
