"""Every kind of record that files are made of, in the order in which they build on one another.

Other apps register theirs in their module `exchange`, found by its name; these build on our own.
"""

from qualiforma.training.importing.kinds.base import Kind
from qualiforma.training.importing.kinds.catalogue import Companies, Courses
from qualiforma.training.importing.kinds.evidence import (
    Certificates,
    Questionnaires,
    Signatures,
    Submissions,
)
from qualiforma.training.importing.kinds.learning import Attendances, Enrollments, Sessions
from qualiforma.training.importing.kinds.people import Users

KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Add a kind of record, after those that it builds on. One for each name."""
    if kind.name in KINDS:
        raise ValueError(f"{kind.name} is registered already.")
    KINDS[kind.name] = kind


for _one in (
    Users(),
    Companies(),
    Courses(),
    Enrollments(),
    Sessions(),
    Attendances(),
    Signatures(),
    Questionnaires(),
    Submissions(),
    Certificates(),
):
    register(_one)

__all__ = ["KINDS", "Kind", "register"]
