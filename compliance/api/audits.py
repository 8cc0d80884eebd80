"""Audits and their judgements. Source: closed-loop, "Findings, audits"."""

from functools import partial
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import policies, services
from compliance.api import audits_docs as docs
from compliance.models import Audit, AuditJudgement
from compliance.models.audits import AUDITOR_MAX, COMMENT_MAX, JUDGEMENT_EVIDENCE_MAX
from compliance.querysets import AuditQuerySet
from compliance.services.audits import Comparison
from compliance.states import AuditKind, AuditStatus, Judgement, JudgementChange
from qualiforma.api.docs import described
from qualiforma.api.filters import DayFilter, EnumFilter, OrderFilter, WireFilterSet
from qualiforma.api.indicators import LABEL_MAX
from qualiforma.api.serializers import (
    CalendarDate,
    Choice,
    Id,
    Input,
    Items,
    Output,
    Text,
    TextOrNull,
    WholeNumber,
    distinct,
)
from qualiforma.api.views import KernelViewSet
from qualiforma.qualiopi.grids import INDICATOR_MAX, label
from qualiforma.qualiopi.indicators import MAJOR_ONLY
from qualiforma.qualiopi.states import Grade, GridCode
from qualiforma.training.api.fields import OptionalText


class AuditFilter(WireFilterSet):
    kind = EnumFilter(enum=AuditKind)
    status = EnumFilter(enum=AuditStatus)
    audit_date_from = DayFilter(
        field_name="audit_date", lookup_expr="gte", label="Audits à partir de ce jour."
    )
    audit_date_to = DayFilter(
        field_name="audit_date", lookup_expr="lte", label="Audits jusqu’à ce jour."
    )
    ordering = OrderFilter(
        by={"auditDate": F("audit_date")}, label="Ordre ; sans lui, les plus récents d’abord."
    )

    class Meta:
        model = Audit
        fields: tuple[str, ...] = ()


def indicator_number(**kwargs: Any) -> WholeNumber:
    return WholeNumber(min_value=1, max_value=INDICATOR_MAX, **kwargs)


def scope_of(**kwargs: Any) -> Items:
    return Items(
        child=indicator_number(),
        min_length=1,
        max_length=INDICATOR_MAX,
        validators=[distinct],
        **kwargs,
    )


class AuditChanges(Input):
    example = docs.AUDIT_CHANGES
    kind = Choice(AuditKind, required=False)
    audit_date = CalendarDate(required=False)
    auditor = Text(max_length=AUDITOR_MAX, required=False)
    scope = scope_of(
        required=False,
        allow_null=True,
        help_text="Indicateurs examinés ; `null` : le périmètre habituel de ce type d’audit.",
    )


class AuditInput(AuditChanges):
    example = docs.AUDIT_INPUT
    kind = Choice(AuditKind)
    audit_date = CalendarDate()
    auditor = Text(max_length=AUDITOR_MAX)


class JudgementInput(Input):
    example = docs.JUDGEMENT_INPUT
    indicator = indicator_number()
    judgement = Choice(Judgement, required=False)
    comment = OptionalText(max_length=COMMENT_MAX)
    evidence_ids = Items(
        child=Id("evd"), max_length=JUDGEMENT_EVIDENCE_MAX, validators=[distinct], required=False
    )


class JudgementsInput(Input):
    example = docs.JUDGEMENTS_INPUT
    judgements = JudgementInput(many=True, min_length=1, max_length=INDICATOR_MAX)


class JudgementOutput(Output[AuditJudgement]):
    example = docs.JUDGEMENT
    comment = TextOrNull(max_length=COMMENT_MAX)
    indicator_label = serializers.SerializerMethodField(
        "label_of", help_text="Libellé du référentiel en vigueur le jour de l’audit."
    )
    grade = serializers.SerializerMethodField("grade_of")
    evidence_ids = Items(child=Id("evd"), max_length=JUDGEMENT_EVIDENCE_MAX)

    class Meta:
        model = AuditJudgement
        fields = ("indicator", "indicator_label", "grade", "judgement", "comment", "evidence_ids")

    @extend_schema_field({"type": "string", "maxLength": LABEL_MAX})
    def label_of(self, one: AuditJudgement) -> str:
        return label(one.indicator, self.context["day"])

    @extend_schema_field(Choice(Grade))
    def grade_of(self, one: AuditJudgement) -> str:
        return (Grade.MAJOR if one.indicator in MAJOR_ONLY else Grade.MINOR_OR_MAJOR).value


class AuditListItem(Output[Audit]):
    example = docs.AUDIT_LIST_ITEM
    grid = serializers.SerializerMethodField("grid_of")
    scope = Items(child=indicator_number(), max_length=INDICATOR_MAX)
    judged_count = serializers.IntegerField(min_value=0, max_value=INDICATOR_MAX)
    minor_count = serializers.IntegerField(min_value=0, max_value=INDICATOR_MAX)
    major_count = serializers.IntegerField(min_value=0, max_value=INDICATOR_MAX)

    class Meta:
        model = Audit
        fields: tuple[str, ...] = (
            "id",
            "kind",
            "audit_date",
            "auditor",
            "grid",
            "status",
            "scope",
            "judged_count",
            "minor_count",
            "major_count",
            "started_at",
            "closed_at",
            "created_at",
        )

    @extend_schema_field(Choice(GridCode))
    def grid_of(self, audit: Audit) -> str:
        return audit.grid.code.value


class AuditDetail(AuditListItem):
    example = docs.AUDIT
    closed_by = serializers.CharField(source="closed_by_id", allow_null=True)
    created_by = serializers.CharField(source="created_by_id", allow_null=True)
    judgements = serializers.SerializerMethodField("judgements_of")

    class Meta(AuditListItem.Meta):
        fields = (*AuditListItem.Meta.fields, "closed_by", "created_by", "judgements")

    @extend_schema_field(JudgementOutput(many=True, max_length=INDICATOR_MAX))
    def judgements_of(self, audit: Audit) -> Any:
        rows = audit.judgements.all()
        return JudgementOutput(rows, many=True, context={"day": audit.audit_date}).data


class ComparedIndicator(Input):
    indicator = indicator_number()
    indicator_label = serializers.CharField(max_length=LABEL_MAX)
    before = Choice(Judgement, allow_null=True)
    after = Choice(Judgement, allow_null=True)
    change = Choice(JudgementChange)


class ComparisonOutput(Input):
    example = docs.COMPARISON
    audit_id = Id("aud")
    audit_date = serializers.DateField()
    previous_id = Id("aud", allow_null=True, help_text="Vide s’il n’y a pas d’audit avant.")
    previous_date = serializers.DateField(allow_null=True)
    indicators = ComparedIndicator(many=True, max_length=INDICATOR_MAX)


def as_body(found: Comparison) -> dict[str, Any]:
    """Return a comparison as it is answered."""
    day, previous = found.audit.audit_date, found.previous
    return {
        "auditId": found.audit.pk,
        "auditDate": day.isoformat(),
        "previousId": previous.pk if previous else None,
        "previousDate": previous.audit_date.isoformat() if previous else None,
        "indicators": [
            {
                "indicator": one.indicator,
                "indicatorLabel": label(one.indicator, day),
                "before": one.before.judgement if one.before else None,
                "after": one.after.judgement if one.after else None,
                "change": one.change.value,
            }
            for one in found.rows
        ],
    }


endpoint = partial(described, tags=docs.TAGS)


class AuditViewSet(KernelViewSet[Audit]):
    lookup_url_kwarg = "audit_id"
    etags = True
    queryset = Audit.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = AuditListItem
    filterset_class = AuditFilter
    permissions = {
        "list": policies.can_read_audits,
        "retrieve": policies.can_read_audits,
        "comparison": policies.can_read_audits,
        "create": policies.can_manage_audits,
        "partial_update": policies.can_manage_audits,
        "destroy": policies.can_manage_audits,
        "judge": policies.can_manage_audits,
        "start": policies.can_manage_audits,
        "close": policies.can_manage_audits,
    }
    query_params = {"comparison": ("with",)}
    refusals = docs.REFUSALS

    def get_queryset(self) -> AuditQuerySet:
        rows: AuditQuerySet = Audit.objects.visible_to(self.actor)
        return rows.with_counts().newest_first()

    def answer(self, audit: Audit, status: int = 200) -> Response:
        """The audit after this call's change."""
        return self.represented(get_object_or_404(self.get_queryset(), pk=audit.pk), status)

    def represented(self, whole: Audit, status: int = 200) -> Response:
        return self.tagged(AuditDetail(whole).data, whole.version, status)

    @endpoint(
        "listAudits",
        "Lister les audits",
        "Les audits internes et ceux du certificateur, paginés, les plus récents d’abord.",
        (200, AuditListItem(many=True), "Audits paginés"),
    )
    def list(self, request: Request) -> Response:
        return self.paged(AuditListItem)

    @endpoint(
        "getAudit",
        "Détail d’un audit",
        "L’audit avec l’appréciation de chaque indicateur de son périmètre.",
        (200, AuditDetail, "Audit trouvé"),
        parameters=[docs.AUDIT_ID],
    )
    def retrieve(self, request: Request, audit_id: str) -> Response:
        return self.represented(self.get_object())

    @endpoint(
        "createAudit",
        "Prévoir un audit",
        "Prévoit un audit. Sans périmètre : tous les indicateurs applicables ; pour un audit de "
        "surveillance, ceux qui y sont toujours examinés, et ceux qui avaient une non-conformité à "
        "l’audit initial ou n’y ont pas été vus. Le référentiel suit la date de l’audit.",
        (201, AuditDetail, "Audit prévu"),
        request=AuditInput,
    )
    def create(self, request: Request) -> Response:
        draft = services.AuditDraft(**self.validated(AuditInput))
        return self.answer(services.plan_audit(draft=draft, actor=self.actor), status=201)

    @endpoint(
        "updateAudit",
        "Modifier un audit",
        "Modifie un audit qui n’est pas clôturé. Un indicateur déjà apprécié reste au périmètre.",
        (200, AuditDetail, "Audit mis à jour"),
        parameters=[docs.AUDIT_ID],
        request=AuditChanges,
    )
    def partial_update(self, request: Request, audit_id: str) -> Response:
        audit = self.get_object()
        changes = self.validated(AuditChanges)
        return self.answer(
            services.change_audit(
                audit=audit,
                changes=changes,
                actor=self.actor,
                expected_versions=self.expected_versions,
            )
        )

    @endpoint(
        "deleteAudit",
        "Supprimer un audit",
        "Supprime un audit qui n’a pas commencé.",
        (204, None, "Audit supprimé"),
        parameters=[docs.AUDIT_ID],
    )
    def destroy(self, request: Request, audit_id: str) -> Response:
        services.delete_audit(
            audit=self.get_object(), actor=self.actor, expected_versions=self.expected_versions
        )
        return Response(status=204)

    @endpoint(
        "judgeIndicators",
        "Noter des appréciations",
        "Note l’appréciation, le commentaire et les preuves d’indicateurs du périmètre, tout ou "
        "rien. Une non-conformité de certains indicateurs est toujours majeure.",
        (200, AuditDetail, "Appréciations notées"),
        parameters=[docs.AUDIT_ID],
        request=JudgementsInput,
    )
    def judge(self, request: Request, audit_id: str) -> Response:
        audit = self.get_object()
        items = self.validated(JudgementsInput)["judgements"]
        return self.answer(
            services.judge_indicators(
                audit=audit,
                judgements=items,
                actor=self.actor,
                expected_versions=self.expected_versions,
            )
        )

    @endpoint(
        "startAudit",
        "Commencer un audit",
        "Commence un audit prévu : ses indicateurs peuvent être appréciés.",
        (200, AuditDetail, "Audit en cours"),
        parameters=[docs.AUDIT_ID],
        request=None,
    )
    def start(self, request: Request, audit_id: str) -> Response:
        audit = self.get_object()
        return self.answer(
            services.start_audit(
                audit=audit, actor=self.actor, expected_versions=self.expected_versions
            )
        )

    @endpoint(
        "closeAudit",
        "Clôturer un audit",
        "Fige l’audit pour de bon. Refusé tant qu’un indicateur du périmètre n’est pas apprécié.",
        (200, AuditDetail, "Audit clôturé"),
        parameters=[docs.AUDIT_ID],
        request=None,
    )
    def close(self, request: Request, audit_id: str) -> Response:
        audit = self.get_object()
        return self.answer(
            services.close_audit(
                audit=audit, actor=self.actor, expected_versions=self.expected_versions
            )
        )

    @endpoint(
        "compareAudit",
        "Comparer à l’audit précédent",
        "Chaque indicateur tel que cet audit et un audit clôturé d’avant l’ont apprécié.",
        (200, ComparisonOutput, "Comparaison"),
        parameters=[docs.AUDIT_ID, docs.WITH],
    )
    def comparison(self, request: Request, audit_id: str) -> Response:
        audit = self.get_object()
        found = services.compare_audit(audit=audit, previous=self._named(audit))
        return self.tagged(as_body(found), audit.version)

    def _named(self, audit: Audit) -> Audit | None:
        """Return the audit that the query names, if it does. Errors: `ValidationError`."""
        wanted = self.request.query_params.get("with")
        if not wanted:
            return None
        found: Audit | None = Audit.objects.closed_before(audit).filter(pk=wanted).first()
        if found is None:
            detail = _("Aucun audit clôturé avant celui-ci n’a cet identifiant.")
            raise ValidationError({"with": [ErrorDetail(detail, code="unknown")]})
        return found
