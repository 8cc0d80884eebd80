"""The organisation's profile, and which indicators apply by it. Source: evidence."""

from functools import partial
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import policies, services
from compliance.api.readiness import AUDIT_DATE, TEXT_MAX, audit_day
from compliance.models import OrganisationProfile
from compliance.models import organisation as models
from qualiforma.api.docs import described
from qualiforma.api.serializers import (
    CalendarDate,
    Choice,
    Input,
    Items,
    Output,
    TextOrNull,
    WholeNumber,
    distinct,
)
from qualiforma.api.views import KernelViewSet
from qualiforma.qualiopi.applicability import Applicability
from qualiforma.qualiopi.grids import INDICATOR_MAX
from qualiforma.qualiopi.states import (
    AuditKind,
    Category,
    Condition,
    Grade,
    Policy,
    VerifierPolicy,
)
from qualiforma.training.api.fields import OptionalText

TAGS = ["Qualiopi"]
# Spaces between the digits of a number are no fault.
ACTIVITY_NUMBER_TYPED = 30
CHANGES = {
    "categories": ["AF", "BC"],
    "conditions": ["CERTIFYING", "OVER_TWO_DAYS"],
    "newEntrant": ["BC"],
    "activityNumber": "11 75 12345 67",
    "address": "12 rue de Siam\n29200 Brest",
    "representative": "Anne Le Goff, directrice",
    "certifier": "Certif Conseil",
    "certificateNumber": "2025-0412",
    "firstCertifiedOn": "2025-10-06",
    "certifiedUntil": "2028-10-05",
    "nextAuditKind": "SURVEILLANCE",
    "nextAuditOn": "2027-03-09",
    "acknowledgeDays": 2,
    "answerDays": 10,
    "policy": "LENIENT",
    "verifierPolicy": "RECORD",
    "effectivenessDays": 90,
    "recurrenceDays": 180,
    "publicComplaints": False,
}
ORGANISATION = {
    **CHANGES,
    "activityNumber": "11751234567",
    "lastAuditOn": None,
    "surveillanceWindow": {"from": "2026-12-06", "to": "2027-08-06"},
    "daysToAudit": 100,
}
INDICATOR = {
    "number": 13,
    "criterion": 3,
    "label": "Missions et apprentissages coordonnés entre le centre et l’entreprise",
    "grade": "MINOR_OR_MAJOR",
    "applicable": False,
    "reason": "Vous ne proposez aucune formation en alternance.",
    "newEntrant": False,
    "surveillance": False,
}


def chosen(enum: Any, **kwargs: Any) -> Items:
    return Items(child=Choice(enum), max_length=len(enum), **kwargs)


def changed(enum: Any) -> Items:
    return chosen(enum, required=False, validators=[distinct])


class Flag(serializers.BooleanField):
    """A JSON boolean; DRF alone would take "yes" and 1 too."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class OrganisationChanges(Input):
    example = CHANGES
    categories = changed(Category)
    conditions = changed(Condition)
    new_entrant = changed(Category)
    activity_number = OptionalText(max_length=ACTIVITY_NUMBER_TYPED)
    address = OptionalText(max_length=models.ADDRESS_MAX)
    representative = OptionalText(max_length=models.REPRESENTATIVE_MAX)
    certifier = OptionalText(max_length=models.CERTIFIER_MAX)
    certificate_number = OptionalText(max_length=models.CERTIFICATE_MAX)
    first_certified_on = CalendarDate(required=False, allow_null=True)
    certified_until = CalendarDate(required=False, allow_null=True)
    last_audit_on = CalendarDate(required=False, allow_null=True)
    next_audit_kind = Choice(AuditKind, required=False, allow_null=True)
    next_audit_on = CalendarDate(required=False, allow_null=True)
    acknowledge_days = WholeNumber(required=False, min_value=1, max_value=models.DELAY_MAX)
    answer_days = WholeNumber(required=False, min_value=1, max_value=models.DELAY_MAX)
    policy = Choice(Policy, required=False)
    verifier_policy = Choice(VerifierPolicy, required=False)
    effectiveness_days = WholeNumber(required=False, min_value=1, max_value=models.WATCH_MAX)
    recurrence_days = WholeNumber(required=False, min_value=1, max_value=models.WATCH_MAX)
    public_complaints = Flag(required=False)


class Period(Input):
    """From one day to another, both included."""

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name in Python."""
        return {name: serializers.DateField() for name in ("from", "to")}


class OrganisationOutput(Output[OrganisationProfile]):
    example = ORGANISATION
    categories = chosen(Category)
    conditions = chosen(Condition)
    new_entrant = chosen(Category)
    activity_number = TextOrNull(max_length=models.ACTIVITY_NUMBER_LENGTH)
    address = TextOrNull(max_length=models.ADDRESS_MAX)
    representative = TextOrNull(max_length=models.REPRESENTATIVE_MAX)
    certifier = TextOrNull(max_length=models.CERTIFIER_MAX)
    certificate_number = TextOrNull(max_length=models.CERTIFICATE_MAX)
    next_audit_kind = serializers.SerializerMethodField("kind_of")
    acknowledge_days = serializers.IntegerField(
        min_value=1, max_value=models.DELAY_MAX, help_text="Jours ouvrés annoncés aux plaignants."
    )
    answer_days = serializers.IntegerField(
        min_value=1, max_value=models.DELAY_MAX, help_text="Jours ouvrés annoncés aux plaignants."
    )
    policy = Choice(
        Policy,
        help_text="LENIENT : une étape de plan incomplète est acceptée et signalée ; STRICT : refusée.",
    )
    verifier_policy = Choice(
        VerifierPolicy, help_text="Si qui a mené un plan peut en vérifier l’efficacité."
    )
    effectiveness_days = serializers.IntegerField(
        min_value=1,
        max_value=models.WATCH_MAX,
        help_text="Jours entre la clôture d’un plan et la vérification de son efficacité.",
    )
    recurrence_days = serializers.IntegerField(
        min_value=1,
        max_value=models.WATCH_MAX,
        help_text="Jours après la clôture où une réclamation semblable est une récidive.",
    )
    surveillance_window = serializers.SerializerMethodField(
        "window_of", help_text="Du 14e au 22e mois du cycle en cours."
    )
    days_to_audit = serializers.SerializerMethodField(
        "days_of", help_text="Jours d’ici au prochain audit ; null sans audit à venir."
    )

    class Meta:
        model = OrganisationProfile
        fields = (
            "categories",
            "conditions",
            "new_entrant",
            "activity_number",
            "address",
            "representative",
            "certifier",
            "certificate_number",
            "first_certified_on",
            "certified_until",
            "last_audit_on",
            "next_audit_kind",
            "next_audit_on",
            "acknowledge_days",
            "answer_days",
            "policy",
            "verifier_policy",
            "effectiveness_days",
            "recurrence_days",
            "public_complaints",
            "surveillance_window",
            "days_to_audit",
        )

    @extend_schema_field(Choice(AuditKind, allow_null=True))
    def kind_of(self, profile: OrganisationProfile) -> str | None:
        return profile.next_audit_kind or None

    @extend_schema_field(Period(allow_null=True))
    def window_of(self, profile: OrganisationProfile) -> dict[str, str] | None:
        window = profile.surveillance
        if window is None:
            return None
        return {"from": window.first.isoformat(), "to": window.last.isoformat()}

    @extend_schema_field({"type": ["integer", "null"], "minimum": 0, "maximum": 4_000_000})
    def days_of(self, profile: OrganisationProfile) -> int | None:
        return profile.days_left(timezone.localdate())


endpoint = partial(described, tags=TAGS)


class OrganisationViewSet(KernelViewSet[OrganisationProfile]):
    etags = True
    singleton = True
    queryset = OrganisationProfile.objects.none()  # for the schema
    serializer_class = OrganisationOutput
    permissions = {
        "retrieve": policies.can_read_records,
        "partial_update": policies.can_change_organisation,
    }

    def answer(self, profile: OrganisationProfile) -> Response:
        return self.tagged(OrganisationOutput(profile).data, profile.version)

    @endpoint(
        "getOrganisation",
        "Fiche de l’organisme",
        "Ce que l’organisme dit de lui-même pour Qualiopi : prestations, particularités, certificat, "
        "audits, délais annoncés aux plaignants. Jamais remplie, elle porte la version 0.",
        (200, OrganisationOutput, "Fiche"),
    )
    def retrieve(self, request: Request) -> Response:
        return self.answer(services.read_organisation())

    @endpoint(
        "updateOrganisation",
        "Modifier la fiche de l’organisme",
        "Modifie les champs donnés. Les indicateurs applicables et l’état de préparation en suivent.",
        (200, OrganisationOutput, "Fiche mise à jour"),
        request=OrganisationChanges,
    )
    def partial_update(self, request: Request) -> Response:
        changes = self.validated(OrganisationChanges)
        return self.answer(
            services.change_organisation(
                changes=changes, actor=self.actor, expected_versions=self.expected_versions
            )
        )


class IndicatorOutput(Input):
    example = INDICATOR
    number = serializers.IntegerField(min_value=1, max_value=INDICATOR_MAX)
    criterion = serializers.IntegerField(min_value=1, max_value=7)
    label = serializers.CharField(max_length=TEXT_MAX)
    grade = Choice(Grade)
    applicable = serializers.BooleanField()
    reason = serializers.CharField(
        allow_null=True, max_length=TEXT_MAX, help_text="Pourquoi l’indicateur ne s’applique pas."
    )
    new_entrant = serializers.BooleanField(
        help_text="L’auditeur attend moins d’un nouvel entrant pour cet indicateur."
    )
    surveillance = serializers.BooleanField(
        help_text="L’audit de surveillance le regarde dans tous les cas."
    )


def as_row(one: Applicability) -> dict[str, Any]:
    """Return an indicator as it is answered."""
    return {
        "number": one.indicator.number,
        "criterion": one.indicator.criterion,
        "label": str(one.indicator.label),
        "grade": one.indicator.grade.value,
        "applicable": one.applicable,
        "reason": one.reason or None,
        "newEntrant": one.new_entrant,
        "surveillance": one.surveillance,
    }


class IndicatorViewSet(KernelViewSet[OrganisationProfile]):
    queryset = OrganisationProfile.objects.none()  # for the schema
    serializer_class = IndicatorOutput
    pagination_class = None
    permissions = {"retrieve": policies.can_read_records}
    query_params = {"retrieve": ("auditDate",)}

    @endpoint(
        "getIndicators",
        "Indicateurs de l’organisme",
        "Les indicateurs du référentiel en vigueur le jour de l’audit, dans l’ordre : lesquels "
        "s’appliquent à l’organisme d’après sa fiche, et pourquoi les autres ne s’appliquent pas.",
        (200, IndicatorOutput(many=True), "Indicateurs"),
        parameters=[AUDIT_DATE],
    )
    def retrieve(self, request: Request) -> Response:
        found = services.read_indicators(audit_day=audit_day(request))
        return self.answered([as_row(one) for one in found])
