"""Services of adaptive paths. Source: public API, POST and PATCH /adaptive-paths; api-compliance."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from compliance.models import AdaptivePath, PathAssignment, PathModule, PathVersion
from compliance.services.paths_checks import check_assignment, check_content, check_modules
from compliance.services.paths_exceptions import AlreadyAssignedError, PathAssignedError
from compliance.services.paths_inputs import AssignmentDraft, ModuleDraft, PathDraft
from compliance.states import UnlockCondition
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.timeline import wire_instant
from qualiforma.versions import ExpectedVersions, apply, differing, locked_row, save

CONTENT = ("name", "description", "target_audience", "prerequisite_assessment_id")


@audit.audited("compliance.path.created")
def create_path(*, draft: PathDraft, actor: Actor) -> AdaptivePath:
    """Create a path, its first version and its modules, all or nothing.

    Errors: `InvalidFieldsError` naming each unknown course or assessment, a course twice, and an
    order that does not go on from the one before.
    """
    check_modules(draft.modules)
    check_content(draft.modules, draft.prerequisite_assessment_id)

    content = {name: getattr(draft, name) for name in CONTENT}
    path = AdaptivePath(**content, created_by_id=actor.id)
    path.save(force_insert=True)
    _add_version(path, draft.modules, actor)
    return path


@audit.audited("compliance.path.changed")
def change_path(
    *,
    path: AdaptivePath,
    changes: Mapping[str, Any],
    actor: Actor,
    reason: str = "",
    expected_versions: ExpectedVersions = None,
) -> AdaptivePath:
    """Change a path: a new version, while learners keep theirs. No difference, no version.

    Shape: `changes` holds fields of the path and `modules`, which replaces them all. Errors: as for
    creating.
    """
    path = _locked(path, expected_versions)
    before = _modules(path)
    modules: list[ModuleDraft] = changes.get("modules", before)
    content = {name: changes[name] for name in CONTENT if name in changes}
    check_modules(modules)
    assessment = content.get("prerequisite_assessment_id", path.prerequisite_assessment_id)
    check_content(modules, assessment)

    content = differing(path, content)
    if not content and _in_order(modules) == before:
        return path

    apply(path, content)
    save(path, *content)
    _add_version(path, modules, actor, reason)
    return path


@audit.audited("compliance.path.deleted")
def delete_path(
    *, path: AdaptivePath, actor: Actor, expected_versions: ExpectedVersions = None
) -> None:
    """Delete a path softly: gone from the lists, kept for the audit.

    Errors: `PathAssignedError` once a learner has it.
    """
    path = _locked(path, expected_versions)
    assignments = path.assignments.count()
    if assignments:
        raise PathAssignedError(assignments=assignments)

    path.deleted_at = timezone.now()
    path.deleted_by_id = actor.id
    path.save(update_fields=["deleted_at", "deleted_by"])


@audit.audited("compliance.path.assigned")
def assign_path(*, path: AdaptivePath, draft: AssignmentDraft, actor: Actor) -> PathAssignment:
    """Give a learner the present version of a path, and say why.

    Errors: `InvalidFieldsError` for an unknown or inactive user, an unknown analysis and one of
    another learner; `AlreadyAssignedError`.
    """
    path = _locked(path)
    check_assignment(draft)
    known = path.assignments.select_related("version").filter(user=draft.user_id).first()
    if known:
        raise AlreadyAssignedError(
            assigned_at=wire_instant(known.assigned_at), version=known.version.number
        )

    assignment: PathAssignment = path.assignments.create(
        version=path.versions.get(number=path.version),
        user_id=draft.user_id,
        needs_analysis_id=draft.needs_analysis_id,
        rationale=draft.rationale,
        assigned_by_id=actor.id,
    )
    return assignment


def _locked(path: AdaptivePath, expected_versions: ExpectedVersions = None) -> AdaptivePath:
    """Return the current path, its row locked until the transaction ends.

    Errors: `MissingError` when it was deleted meanwhile; `StaleError` when it is not as seen.
    """
    rows = AdaptivePath.objects.alive().select_for_update()
    found: AdaptivePath = locked_row(rows, path.pk, expected_versions)
    return found


def _modules(path: AdaptivePath) -> list[ModuleDraft]:
    rows = path.modules.filter(version__number=path.version).order_by("order")
    return [
        ModuleDraft(
            course_id=row.course_id,
            order=row.order,
            mandatory=row.mandatory,
            unlock_condition=UnlockCondition(row.unlock_condition),
        )
        for row in rows
    ]


def _in_order(modules: Sequence[ModuleDraft]) -> list[ModuleDraft]:
    return sorted(modules, key=lambda one: one.order)


def _add_version(
    path: AdaptivePath, modules: Sequence[ModuleDraft], actor: Actor, reason: str = ""
) -> None:
    """Keep what the path now is. Cost: two statements."""
    version = PathVersion.objects.create(
        path=path,
        number=path.version,
        reason=reason,
        created_by_id=actor.id,
        **{name: getattr(path, name) for name in CONTENT},
    )
    PathModule.objects.bulk_create(
        PathModule(
            path=path,
            version=version,
            course_id=one.course_id,
            order=one.order,
            mandatory=one.mandatory,
            unlock_condition=one.unlock_condition,
        )
        for one in _in_order(modules)
    )
