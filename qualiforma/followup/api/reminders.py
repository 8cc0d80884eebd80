"""Reminders by API: what a person and the organisation choose, and the dates that are one's own to see to."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.accounts.models import User
from qualiforma.accounts.policies import anybody
from qualiforma.api.docs import described
from qualiforma.api.filters import EnumFilter, WireFilterSet
from qualiforma.api.serializers import Choice, Flag, Input, Items, WholeNumber, distinct
from qualiforma.api.views import KernelViewSet
from qualiforma.followup import preferences
from qualiforma.followup.api.work import TEXT_MAX, AnyId, WorkPages
from qualiforma.followup.digests import read_settings
from qualiforma.followup.models import Language, ReminderPreference, ReminderSettings
from qualiforma.followup.reminders import LEAD_DAYS, LEAD_MAX, DateList, DueKind

TAGS = ["Follow-up"]
MUTED = "Ce dont aucun rappel ne parle. Une échéance légale est rappelée aux ADMIN malgré tout."
SETTINGS = {"isOn": True, "leadDays": 7, "muted": ["EVIDENCE_EXPIRY"]}
PREFERENCE = {**SETTINGS, "leadDays": None, "language": "fr"}
DATE = {
    "kind": "EFFECTIVENESS_CHECK",
    "id": "imp_5e21cb",
    "title": "Supports périmés",
    "context": "PA-2026-0007",
    "dueDate": "2026-11-20",
    "daysLate": 9,
}


def muted(**kwargs: Any) -> Items:
    return Items(
        child=Choice(DueKind),
        max_length=len(DueKind),
        validators=[distinct],
        help_text=MUTED,
        **kwargs,
    )


def lead_days(**kwargs: Any) -> WholeNumber:
    return WholeNumber(min_value=LEAD_DAYS, max_value=LEAD_MAX, **kwargs)


class SettingsChanges(Input):
    example: ClassVar[Any] = SETTINGS
    is_on = Flag(required=False, help_text="Envoyer des rappels par e-mail.")
    lead_days = lead_days(required=False, help_text="Jours d’avance.")
    muted = muted(required=False)


class PreferenceChanges(SettingsChanges):
    example: ClassVar[Any] = PREFERENCE
    lead_days = lead_days(
        required=False, allow_null=True, help_text="Jours d’avance ; nul : ceux de l’organisme."
    )
    language = Choice(Language, required=False, help_text="Langue des e-mails.")


class SettingsOutput(Input):
    example: ClassVar[Any] = SETTINGS
    is_on = Flag()
    lead_days = lead_days()
    muted = muted()


class PreferenceOutput(SettingsOutput):
    example: ClassVar[Any] = PREFERENCE
    lead_days = lead_days(allow_null=True)
    language = Choice(Language)


class DateOutput(Input):
    example: ClassVar[Any] = DATE
    kind = Choice(DueKind, source="source")
    id = AnyId()
    title = serializers.CharField(max_length=TEXT_MAX)
    context = serializers.CharField(max_length=TEXT_MAX, help_text="Ce à quoi cela appartient.")
    due_date = serializers.DateField(source="due")
    days_late = serializers.SerializerMethodField("late_of")

    def late_of(self, thing: Any) -> int | None:
        """Return how many days it is late, null for what is not."""
        days = (timezone.localdate() - thing.due).days
        return days if days > 0 else None


class DateFilter(WireFilterSet):
    kind = EnumFilter(enum=DueKind, label="Nature de l’échéance.")

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow to one kind before they are put together."""
        kind = self.form.cleaned_data.get("kind")
        return DateList(queryset.actor, queryset.day, DueKind(kind) if kind else None)


class MyRemindersView(KernelViewSet[ReminderPreference]):
    singleton = True
    queryset: QuerySet[ReminderPreference] = ReminderPreference.objects.none()
    serializer_class = PreferenceOutput
    permissions = {"retrieve": anybody, "partial_update": anybody}

    def chosen(self) -> ReminderPreference:
        found = ReminderPreference.objects.filter(user=self.actor.id).first()
        return found or ReminderPreference(user_id=self.actor.id)

    @described(
        "getMyReminders",
        "Ses propres rappels",
        "Ce que l’appelant a choisi de ses rappels par e-mail ; sans choix, ce qui vaut pour l’organisme.",
        (200, PreferenceOutput, "Choix de l’appelant"),
        tags=TAGS,
    )
    def retrieve(self, request: Request) -> Response:
        return self.answered(PreferenceOutput(self.chosen()).data)

    @described(
        "updateMyReminders",
        "Changer ses propres rappels",
        "Coupe, élargit ou rétablit les rappels par e-mail de l’appelant.",
        (200, PreferenceOutput, "Choix de l’appelant"),
        request=PreferenceChanges,
        tags=TAGS,
    )
    def partial_update(self, request: Request) -> Response:
        changes = self.validated(PreferenceChanges)
        if changes:
            preferences.change_preference(changes=changes, actor=self.actor)
        return self.answered(PreferenceOutput(self.chosen()).data)


class ReminderSettingsView(KernelViewSet[ReminderSettings]):
    singleton = True
    queryset: QuerySet[ReminderSettings] = ReminderSettings.objects.none()
    serializer_class = SettingsOutput
    permissions = {
        "retrieve": preferences.can_set_for_all,
        "partial_update": preferences.can_set_for_all,
    }

    @described(
        "getReminderSettings",
        "Les rappels de l’organisme",
        "Ce qui vaut pour qui n’a rien choisi d’autre.",
        (200, SettingsOutput, "Réglage de l’organisme"),
        tags=TAGS,
    )
    def retrieve(self, request: Request) -> Response:
        return self.answered(SettingsOutput(read_settings()).data)

    @described(
        "updateReminderSettings",
        "Changer les rappels de l’organisme",
        "Coupe, élargit ou rétablit les rappels par e-mail de tout l’organisme.",
        (200, SettingsOutput, "Réglage de l’organisme"),
        request=SettingsChanges,
        tags=TAGS,
    )
    def partial_update(self, request: Request) -> Response:
        changes = self.validated(SettingsChanges)
        if changes:
            preferences.change_settings(changes=changes, actor=self.actor)
        return self.answered(SettingsOutput(read_settings()).data)


class DateViewSet(KernelViewSet[User]):
    queryset: QuerySet[User] = User.objects.none()  # for the schema
    serializer_class = DateOutput
    filterset_class = DateFilter
    pagination_class = WorkPages
    permissions = {"list": anybody}

    def get_queryset(self) -> Any:
        return DateList(self.actor, timezone.localdate())

    @described(
        "listMyDates",
        "Mes autres échéances",
        "Ce que l’appelant doit surveiller en dehors de ses actions, en retard ou sous trente jours : "
        "échéances de ses plans, revues de ses risques, preuves à renouveler ; pour un ADMIN aussi "
        "l’efficacité à vérifier, les réclamations et les non-conformités.",
        (200, DateOutput(many=True), "Échéances paginées"),
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        return self.paged(DateOutput)
