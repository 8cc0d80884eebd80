"""Every kind of record that files are made of, in the order in which they build on one another."""

from qualiforma.training.exchange.kinds.base import Kind
from qualiforma.training.exchange.kinds.catalogue import Companies, Courses
from qualiforma.training.exchange.kinds.evidence import (
    Certificates,
    Questionnaires,
    Signatures,
    Submissions,
)
from qualiforma.training.exchange.kinds.learning import Attendances, Enrollments, Sessions
from qualiforma.training.exchange.kinds.people import Users

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
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
    )
}

__all__ = ["KINDS", "Kind"]
