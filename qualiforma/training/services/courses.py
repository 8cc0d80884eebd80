"""Services of the catalogue."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError
from qualiforma.training.models import OBJECTIVES_MAX, SKILLS_MAX, Course
from qualiforma.training.services.inputs import CourseDraft
from qualiforma.training.services.shared import (
    Errors,
    ExpectedVersions,
    given_id,
    insert,
    locked,
    refuse_any,
    shape_errors,
)
from qualiforma.training.states import Level
from qualiforma.versions import apply, differing, save

LISTS = {"objectives": OBJECTIVES_MAX, "skills": SKILLS_MAX}


@audit.audited("training.course.created")
def create_course(*, draft: CourseDraft, actor: Actor) -> Course:
    """Put a course into the catalogue. Errors: `InvalidFieldsError`."""
    course = Course(
        title=draft.title.strip(),
        summary=draft.summary,
        objectives=draft.objectives,
        level=draft.level,
        entry_level=draft.entry_level,
        duration_hours=draft.duration_hours,
        skills=draft.skills,
        active=draft.active,
        **given_id(draft.id),
    )
    refuse_any(_errors(course))
    insert(course)
    return course


@audit.audited("training.course.changed")
def change_course(
    *,
    course: Course,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Course:
    """Change fields; values equal to the present are no change. Errors: as for `create_course`."""
    course = locked(course, expected_versions)
    changes = differing(course, changes)
    if not changes:
        return course
    apply(course, changes)
    refuse_any(_errors(course))

    save(course, *changes)
    return course


def _errors(course: Course) -> Errors:
    errors = shape_errors(course)
    for name, most in LISTS.items():
        values = getattr(course, name)
        if len(values) > most:
            errors.append(FieldError(name, "max_length", _("%s éléments au plus.") % most))
        errors += [
            FieldError(f"{name}[{rank}]", "blank", _("Ce champ ne peut pas être vide."))
            for rank, value in enumerate(values)
            if not value.strip()
        ]
    if course.duration_hours <= 0:
        errors.append(FieldError("duration_hours", "min_value", _("La durée doit être positive.")))
    known = {course.level, course.entry_level} <= set(Level.values)
    if known and Level(course.entry_level).rank > Level(course.level).rank:
        detail = _("Le niveau d’entrée ne dépasse pas le niveau visé.")
        errors.append(FieldError("entry_level", "above_level", detail))
    return errors
