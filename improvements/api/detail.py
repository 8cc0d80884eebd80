"""What the database writes of a plan's detail where there is no column."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import NullIf

from improvements.models import Complaint, EffectivenessCheck, ExpectedResult
from qualiforma.api.derived import JsonText, list_of
from qualiforma.api.indicators import labels_in_sql
from qualiforma.api.serializers import Output


class ComplaintReference(Output[Complaint]):
    class Meta:
        model = Complaint
        fields = ("id", "subject", "status", "received_at")


def linked_complaints() -> JsonText:
    complaints = Complaint.objects.filter(plan_links__plan=OuterRef("pk"))
    return list_of(complaints.order_by("plan_links__position"), ComplaintReference)


def needs_python() -> Q:
    """Plans with a report, whose file has a signed link, or with measures, whose numbers are decimals."""
    measured = (ExpectedResult, EffectivenessCheck)
    found = [Q(Exists(one.objects.filter(plan=OuterRef("pk")))) for one in measured]
    return Q(closing_report__isnull=False) | found[0] | found[1]


# The last three: of plans that are not among `needs_python`.
IN_SQL: dict[str, Any] = {
    "causeMethod": lambda: NullIf(F("cause_method"), Value("")),
    "indicatorLabels": lambda: labels_in_sql("indicators"),
    "linkedComplaints": linked_complaints,
    "closureReport": lambda: JsonText(Value(None)),
    "expectedResults": lambda: JsonText(Value("[]")),
    "effectivenessChecks": lambda: JsonText(Value("[]")),
}
