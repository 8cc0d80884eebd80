"""The evidence register on the wire: filters, bodies, answers."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import django_filters
from django.core.validators import RegexValidator
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from compliance import policies
from compliance.api import evidence_docs as docs
from compliance.models import Evidence, EvidenceReview, EvidenceVersion
from compliance.models import evidence as models
from compliance.services.evidence import REVIEWS_MAX, VERSIONS_MAX
from compliance.states import EvidenceKind, EvidenceStatus, ReviewVerdict
from qualiforma.accounts.roles import Role
from qualiforma.api.filters import (
    DayFilter,
    EnumFilter,
    IdFilter,
    SearchFilter,
    WholeNumberFilter,
    WireFilterSet,
)
from qualiforma.api.indicators import IndicatorLabels
from qualiforma.api.serializers import (
    CalendarDate,
    Choice,
    Flag,
    FormFlag,
    Id,
    Input,
    Items,
    Output,
    Text,
    TextOrNull,
    WholeNumber,
    distinct,
)
from qualiforma.filelinks import file_link
from qualiforma.qualiopi.grids import INDICATOR_MAX
from qualiforma.record_types import record_types
from qualiforma.training.api.fields import OptionalText

Handler = TypeVar("Handler", bound=Callable[..., Any])
LINK_MAX = 2000


class RecordTypeFilter(django_filters.ChoiceFilter):
    """A registered type of records; an unknown one is refused naming the known ones."""

    def __init__(self, **kwargs: Any) -> None:
        allowed = ", ".join(sorted(record_types))
        message = format_lazy(_("Valeurs admises : {allowed}."), allowed=allowed)
        super().__init__(
            choices=[(name, name) for name in sorted(record_types)],
            empty_label=None,
            error_messages={"invalid_choice": message},
            **kwargs,
        )


class EvidenceFilter(WireFilterSet):
    indicator = WholeNumberFilter(
        field_name="indicators",
        lookup_expr="contains",
        least=1,
        most=INDICATOR_MAX,
        label="Indicateur que la preuve sert.",
    )
    status = EnumFilter(enum=EvidenceStatus)
    kind = EnumFilter(enum=EvidenceKind)
    owner = IdFilter(prefix="usr", method="by_content", label="Responsable de la preuve.")
    record_type = RecordTypeFilter(method="by_content", label="Type de la fiche liée.")
    record_id = django_filters.CharFilter(
        method="by_content",
        label="Fiche liée.",
        validators=[RegexValidator(r"\A[A-Za-z0-9_-]{1,80}\Z", _("Un identifiant est attendu."))],
    )
    expires_before = DayFilter(
        field_name="valid_until", lookup_expr="lt", label="La validité prend fin avant ce jour."
    )
    q = SearchFilter(
        fields=models.SEARCHED_EVIDENCE, label="Mots du document ou de la description."
    )

    class Meta:
        model = Evidence
        fields: tuple[str, ...] = ()

    def by_content(self, rows: Any, name: str, value: str) -> Any:
        """Filter by what an auditor is not shown of confidential evidence, which then is not found."""
        if self.request is not None and self.request.user.role == Role.AUDITOR:
            rows = rows.filter(confidential=False)
        return rows.filter(**{name: value})


class EvidenceRecord(Input):
    """A record that has a page."""

    type = Text(max_length=models.RECORD_TYPE_MAX)
    id = Text(max_length=models.RECORD_ID_MAX, trim_whitespace=False)


def indicators(**kwargs: Any) -> Items:
    return Items(
        child=WholeNumber(min_value=1, max_value=INDICATOR_MAX),
        min_length=1,
        max_length=INDICATOR_MAX,
        validators=[distinct],
        **kwargs,
    )


class Address(OptionalText):
    """A web address that a page may link to."""

    default_error_messages = {"scheme": _("Une adresse https:// ou http:// est attendue.")}

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if value and not value.lower().startswith(("https://", "http://")):
            self.fail("scheme")
        return value


class EvidenceChanges(Input):
    example = docs.EVIDENCE_CHANGES
    title = Text(max_length=models.TITLE_MAX, required=False)
    indicators = indicators(required=False)
    document_date = CalendarDate(required=False)
    author = Text(max_length=models.AUTHOR_MAX, required=False)
    owner = Id("usr", required=False)
    valid_from = CalendarDate(required=False)
    valid_until = CalendarDate(required=False, allow_null=True)
    description = OptionalText(max_length=models.DESCRIPTION_MAX)
    url = Address(max_length=models.URL_MAX)
    record = EvidenceRecord(required=False, allow_null=True)
    confidential = Flag(required=False)


class EvidenceInput(EvidenceChanges):
    example = docs.EVIDENCE_INPUT
    title = Text(max_length=models.TITLE_MAX)
    kind = Choice(EvidenceKind)
    indicators = indicators()
    document_date = CalendarDate()
    author = Text(max_length=models.AUTHOR_MAX)


def as_columns(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body as services take it: the record as its type and id, the owner as a key."""
    values = {name: value for name, value in body.items() if name not in {"record", "owner"}}
    if "record" in body:
        record = body["record"] or {"type": "", "id": ""}
        values |= {"record_type": record["type"], "record_id": record["id"]}
    if "owner" in body:
        values["owner_id"] = body["owner"]
    return values


class FormDate(serializers.CharField):
    """A day in a form: `YYYY-MM-DD`, or nothing for none."""

    pattern = "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"  # for the published contract

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, **kwargs)

    def to_internal_value(self, data: Any) -> date | None:  # type: ignore[override]  # a day, not a text
        return CalendarDate().run_validation(data) if data else None

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return None if data == "" else super().run_validation(data)


class VersionInput(Input):
    file = serializers.FileField(
        max_length=models.FILE_NAME_MAX, help_text="PDF, PNG, JPEG, XLSX ou DOCX, 20 Mo au plus."
    )
    free_of_personal_data = FormFlag(
        default=False,
        help_text="Le fichier ne nomme personne : un dossier d’audit sans les noms peut le contenir.",
    )
    note = OptionalText(max_length=models.NOTE_MAX)
    document_date = CalendarDate(required=False)
    valid_from = CalendarDate(required=False)
    valid_until = FormDate(help_text="Si vide : sans date de fin.")


class ReviewInput(Input):
    example = docs.REVIEW_INPUT
    verdict = Choice(ReviewVerdict)
    comment = OptionalText(max_length=models.NOTE_MAX)


class WithdrawalInput(Input):
    example = docs.WITHDRAWAL
    reason = Text(max_length=models.REASON_MAX)


class ContentOutput(Output[Any]):
    """Names in `contents` are null for who may not read the contents of confidential evidence."""

    contents: tuple[str, ...] = ()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        row = super().to_representation(instance)
        evidence = instance if isinstance(instance, Evidence) else instance.evidence
        if not policies.can_read_evidence_contents(self.context["actor"], evidence):
            row |= dict.fromkeys(self.contents)
        return row


class VersionOutput(ContentOutput):
    example = docs.VERSION
    contents = ("name", "size", "contentType", "note", "uploadedBy", "url")
    name = TextOrNull(max_length=models.FILE_NAME_MAX)
    size = serializers.IntegerField(allow_null=True, min_value=0)
    content_type = TextOrNull(max_length=100)
    note = TextOrNull(max_length=models.NOTE_MAX)
    uploaded_by = serializers.CharField(source="uploaded_by_id", allow_null=True)
    url = serializers.SerializerMethodField(help_text="Lien signé, valable 15 minutes.")

    class Meta:
        model = EvidenceVersion
        fields = (
            "id",
            "number",
            "name",
            "size",
            "content_type",
            "sha256",
            "free_of_personal_data",
            "note",
            "uploaded_at",
            "uploaded_by",
            "url",
        )

    @extend_schema_field({"type": ["string", "null"], "format": "uri", "maxLength": LINK_MAX})
    def get_url(self, version: EvidenceVersion) -> str:
        return file_link(version.key, version.name)


class ReviewOutput(ContentOutput):
    example = docs.REVIEW
    contents = ("comment", "reviewedBy")
    comment = TextOrNull(max_length=models.NOTE_MAX)
    reviewed_by = serializers.CharField(source="reviewed_by_id", allow_null=True)

    class Meta:
        model = EvidenceReview
        fields = ("id", "verdict", "comment", "reviewed_at", "reviewed_by")


class EvidenceListItem(ContentOutput):
    example = docs.EVIDENCE_LIST_ITEM
    contents: tuple[str, ...] = ("author", "owner", "description", "url", "record")
    indicators = indicators()
    indicator_labels = IndicatorLabels(source="indicators")
    author = TextOrNull(max_length=models.AUTHOR_MAX)
    owner = serializers.CharField(source="owner_id", allow_null=True)
    description = TextOrNull(max_length=models.DESCRIPTION_MAX)
    url = TextOrNull(max_length=models.URL_MAX)
    record = serializers.SerializerMethodField("record_of")
    last_verdict = serializers.SerializerMethodField("verdict_of")
    file_count = serializers.IntegerField(min_value=0)

    class Meta:
        model = Evidence
        fields: tuple[str, ...] = (
            "id",
            "title",
            "kind",
            "indicators",
            "indicator_labels",
            "document_date",
            "author",
            "valid_from",
            "valid_until",
            "description",
            "confidential",
            "owner",
            "url",
            "record",
            "status",
            "file_count",
            "last_verdict",
            "created_at",
        )

    @extend_schema_field(EvidenceRecord(allow_null=True))
    def record_of(self, evidence: Evidence) -> dict[str, str] | None:
        if not evidence.record_id:
            return None
        return {"type": evidence.record_type, "id": evidence.record_id}

    @extend_schema_field(Choice(ReviewVerdict, allow_null=True))
    def verdict_of(self, evidence: Evidence) -> str | None:
        return evidence.verdict or None


class EvidenceDetail(EvidenceListItem):
    example = docs.EVIDENCE
    contents = (*EvidenceListItem.contents, "withdrawnBy", "withdrawalReason")
    withdrawn_by = serializers.CharField(source="withdrawn_by_id", allow_null=True)
    withdrawal_reason = TextOrNull(max_length=models.REASON_MAX)
    versions = serializers.SerializerMethodField("versions_of")
    reviews = serializers.SerializerMethodField("reviews_of")

    class Meta(EvidenceListItem.Meta):
        fields = (
            *EvidenceListItem.Meta.fields,
            "withdrawn_at",
            "withdrawn_by",
            "withdrawal_reason",
            "versions",
            "reviews",
        )

    @extend_schema_field(VersionOutput(many=True, max_length=VERSIONS_MAX))
    def versions_of(self, evidence: Evidence) -> Any:
        rows = evidence.versions.order_by("-number")
        return VersionOutput(self._of(evidence, rows), many=True, context=self.context).data

    @extend_schema_field(ReviewOutput(many=True, max_length=REVIEWS_MAX))
    def reviews_of(self, evidence: Evidence) -> Any:
        rows = evidence.reviews.order_by("-reviewed_at", "-id")
        return ReviewOutput(self._of(evidence, rows), many=True, context=self.context).data

    @staticmethod
    def _of(evidence: Evidence, rows: Any) -> list[Any]:
        found = list(rows)
        for one in found:
            one.evidence = evidence  # read already
        return found
