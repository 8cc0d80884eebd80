"""Adaptive paths in an audit bundle, and who was given which (indicators 6 and 10)."""

from collections.abc import Iterator
from operator import attrgetter

from compliance.models import AdaptivePath, PathAssignment, PathModule, PathVersion
from qualiforma.audit.past import records_at
from qualiforma.bundle.contents import Contents, Row
from qualiforma.bundle.merging import Merged
from qualiforma.bundle.people import HIDDEN
from qualiforma.bundle.sections import Column, Register, RegisterName, add_register
from qualiforma.training.models import Course

PATHS = (
    Column("Créé le", 18),
    Column("Nom", 40),
    Column("Auteur", 24),
    Column("Public visé", 16),
    Column("Version", 10),
    Column("Version du", 18),
    Column("Motif de la version", 40),
    Column("Modules, dans l’ordre", 80),
    Column("Description", 60),
    Column("Identifiant", 30),
)
ASSIGNMENTS = (
    Column("Affecté le", 18),
    Column("Parcours", 40),
    Column("Affecté par", 24),
    Column("Apprenant", 34),
    Column("Version", 10),
    Column("Motif", 60),
    Column("Analyse des besoins", 30),
    Column("Identifiant", 30),
)
BY_ID, BY_PATH = 'record.id COLLATE "C"', 'record.path_id COLLATE "C"'


def _paths(contents: Contents) -> Iterator[Row]:
    people, seq = contents.people, contents.scope.head[0]
    courses = {one.pk: people.text(one.title) for one in records_at(Course, seq, order="record.id")}
    versions = Merged(
        records_at(PathVersion, seq, order=f"{BY_PATH}, record.number"), attrgetter("path_id")
    )
    modules = Merged(
        records_at(PathModule, seq, order=f'{BY_PATH}, record."order"'), attrgetter("path_id")
    )
    alive = "record.deleted_at IS NULL"
    for path in records_at(AdaptivePath, seq, order=BY_ID, condition=alive):
        version = next((one for one in versions.of(path.pk) if one.number == path.version), None)
        mine = [one for one in modules.of(path.pk) if version and one.version_id == version.pk]
        yield (
            path.created_at,
            people.text(path.name),
            people.person(path.created_by_id),
            path.get_target_audience_display(),
            path.version,
            version.created_at if version else None,
            people.text(version.reason) if version else "",
            "\n".join(_module(one, courses) for one in mine),
            people.text(path.description),
            path.pk,
        )


def _module(module: PathModule, courses: dict[str, str]) -> str:
    title = courses.get(module.course_id, module.course_id)
    needed = "obligatoire" if module.mandatory else "facultatif"
    return f"{module.order}. {title} ({needed} ; {module.get_unlock_condition_display()})"


def _assignments(contents: Contents) -> Iterator[Row]:
    """Yield who was given which path; why may tell of a learner's health, hence goes with the names."""
    scope, people = contents.scope, contents.people
    seq = scope.head[0]
    paths = {one.pk: one.name for one in records_at(AdaptivePath, seq, order=BY_ID)}
    numbers = {one.pk: one.number for one in records_at(PathVersion, seq, order=BY_ID)}
    found = records_at(
        PathAssignment,
        seq,
        order='record.assigned_at, record.id COLLATE "C"',
        condition="record.assigned_at >= %(begins)s AND record.assigned_at < %(ends)s",
        begins=scope.begins,
        ends=scope.ends,
    )
    for one in found:
        yield (
            one.assigned_at,
            people.text(paths.get(one.path_id, one.path_id)),
            people.person(one.assigned_by_id),
            people.person(one.user_id),
            numbers.get(one.version_id),
            one.rationale if scope.names else HIDDEN,
            one.needs_analysis_id or "",
            one.pk,
        )


add_register(Register(RegisterName.PATHS, "registres/parcours", PATHS, _paths, (6, 10)))
add_register(
    Register(RegisterName.ASSIGNMENTS, "registres/affectations", ASSIGNMENTS, _assignments, (6, 10))
)
