"""Evidence names records by an id alone: samples that some is linked to cannot go."""

from collections.abc import Collection

from django.db.models import QuerySet

from compliance.models import Evidence
from qualiforma.sample_data import references


def linked_evidence(ids: Collection[str]) -> QuerySet[Evidence]:
    """Return evidence that is linked to one of these records."""
    return Evidence.objects.filter(record_id__in=ids)


references.append(linked_evidence)
