"""What the database writes of a plan's detail where there is no column."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import NullIf
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from improvements import models
from improvements.models import ClosingReport, Complaint, EffectivenessCheck, ExpectedResult
from qualiforma.api.derived import JsonText, list_of, one_of
from qualiforma.api.indicators import labels_in_sql
from qualiforma.api.serializers import Output, TextOrNull
from qualiforma.filelinks import file_link


class ComplaintReference(Output[Complaint]):
    class Meta:
        model = Complaint
        fields = ("id", "subject", "status", "received_at")


class ClosingReportOutput(Output[ClosingReport]):
    attachment_s3_key = TextOrNull(max_length=models.ATTACHMENT_KEY_MAX)
    attachment_url = serializers.SerializerMethodField(
        "url_of_attachment", help_text="Lien signé vers le fichier, valable 15 minutes."
    )

    # Of a report without file.
    in_sql = {"attachmentUrl": lambda: JsonText(Value("null"))}

    class Meta:
        model = ClosingReport
        fields = ("summary", "outcomes", "attachment_s3_key", "attachment_url")

    @extend_schema_field({"type": ["string", "null"], "format": "uri", "maxLength": 2000})
    def url_of_attachment(self, report: ClosingReport) -> str | None:
        return file_link(report.attachment_s3_key) if report.attachment_s3_key else None


def linked_complaints() -> JsonText:
    complaints = Complaint.objects.filter(plan_links__plan=OuterRef("pk"))
    return list_of(complaints.order_by("plan_links__position"), ComplaintReference)


def closure_report() -> JsonText:
    return one_of(ClosingReport.objects.filter(plan=OuterRef("pk")), ClosingReportOutput)


def needs_python() -> Q:
    """Plans whose report has a file, hence a signed link, or with measures, whose numbers are decimals."""
    filed = ClosingReport.objects.exclude(attachment_s3_key="")
    wanted = (filed, ExpectedResult.objects, EffectivenessCheck.objects)
    found = [Q(Exists(rows.filter(plan=OuterRef("pk")))) for rows in wanted]
    return found[0] | found[1] | found[2]


# The report and what stands below it: of plans that are not among `needs_python`.
IN_SQL: dict[str, Any] = {
    "causeMethod": lambda: NullIf(F("cause_method"), Value("")),
    "indicatorLabels": lambda: labels_in_sql("indicators"),
    "linkedComplaints": linked_complaints,
    "closureReport": closure_report,
    "expectedResults": lambda: JsonText(Value("[]")),
    "effectivenessChecks": lambda: JsonText(Value("[]")),
}
