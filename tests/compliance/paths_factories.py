"""Adaptive paths and the records that they are about, inserted directly."""

from collections.abc import Sequence
from typing import Any

from compliance.models import AdaptivePath, PathAssignment, PathModule, PathVersion
from qualiforma.training.models import Course
from tests.cast import BOB
from tests.qualiforma.training.factories import make_course

COURSES = ("crs_excel_init", "crs_excel_form", "crs_excel_macro")


def make_courses(*ids: str) -> list[Course]:
    return [make_course(id=one, title=one) for one in ids or COURSES]


def make_path(modules: Sequence[dict[str, Any]] = (), **overrides: Any) -> AdaptivePath:
    """A path in its first version; `modules` are numbered as they come, one of a new course if none."""
    values = {"name": "Parcours Excel", "target_audience": "BEGINNER"} | overrides
    path = AdaptivePath.objects.create(**values)
    content = {k: v for k, v in values.items() if k not in {"id", "version", "created_at"}}
    version = PathVersion.objects.create(path=path, number=path.version, **content)
    rows = list(modules) or [{"course": make_course()}]
    PathModule.objects.bulk_create(
        PathModule(path=path, version=version, **{"order": rank, **one})
        for rank, one in enumerate(rows, start=1)
    )
    return path


def make_assignment(path: AdaptivePath, **overrides: Any) -> PathAssignment:
    values = {
        "version": path.versions.get(number=path.version),
        "user_id": BOB.id,
        "rationale": "Débute sur tableur.",
    }
    return PathAssignment.objects.create(path=path, **values | overrides)


def path_body(*courses: str, **overrides: Any) -> dict[str, Any]:
    """The body of a valid creation."""
    modules = [
        {"courseId": one, "order": rank, "mandatory": True}
        for rank, one in enumerate(courses or COURSES[:2], start=1)
    ]
    return {"name": "Parcours Excel", "targetAudience": "BEGINNER", "modules": modules} | overrides


def make_path_records() -> None:
    """Paths by the ids that the route table names, beside its training records."""
    course = Course.objects.get(pk="crs_routes")
    make_path([{"course": course}], id="pth_routes")
    make_assignment(make_path([{"course": course}], id="pth_given"))
