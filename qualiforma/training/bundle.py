"""What training records tell audit bundles: who is a learner, whatever their role."""

from collections.abc import Iterator

from qualiforma.audit.past import records_at
from qualiforma.bundle.people import learners
from qualiforma.bundle.scope import Scope
from qualiforma.training.models import Enrollment


def _enrolled(scope: Scope) -> Iterator[str]:
    return (one.user_id for one in records_at(Enrollment, scope.head[0], order="record.id"))


learners.append(_enrolled)
