from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.training import services
from qualiforma.training.admin.base import (
    SHOWN,
    ExpectedVersionForm,
    PeriodFilter,
    TrainingAdmin,
    chosen,
    moment,
)
from qualiforma.training.models import TrainingSession

SESSION_FIELDS = ("course", "title", "starts_at", "ends_at", "mode", "trainer")


class SessionForm(ExpectedVersionForm):
    class Meta:
        model = TrainingSession
        fields = SESSION_FIELDS


class StartFilter(PeriodFilter):
    instant = "starts_at"


@admin.register(TrainingSession, site=site)
class SessionAdmin(TrainingAdmin):
    form = SessionForm
    empty_text = _(
        "Chaque séance aura ici sa ligne et sa feuille d’émargement. Planifiez-en une, ou "
        "importez votre calendrier."
    )
    list_display = ("title", "course", "start", "mode", "trainer")
    list_filter = (StartFilter, "mode", chosen("course"), chosen("trainer"))
    list_select_related = ("course", "trainer")
    search_fields = ("title", "course__title")
    search_help_text = _("Intitulé ou formation")
    autocomplete_fields = ("course", "trainer")
    change_form_outer_before_template = "training/session_before.html"
    change_form_outer_after_template = "training/session_after.html"
    order = ("-starts_at", "-id")
    shown = ("course", "title", "starts_at", "ends_at", "mode", "trainer")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("course", "trainer")

    @display(description=_("Début"), ordering="starts_at")
    def start(self, session: TrainingSession) -> str:
        return moment(session.starts_at)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        people = ("enrollment__user", "enrollment__course")
        attendances = row.attendances.select_related(*people)
        signatures = row.signatures.filter(replaced_by=None).select_related(*people)
        return {
            **super().page_context(request, row),
            "attendances": attendances.order_by("enrollment__user__name", "id")[:SHOWN],
            "signatures": signatures.order_by("enrollment__user__name", "half_day", "id")[:SHOWN],
        }

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            changes, expected_version = form.given(*SESSION_FIELDS), form.expected_versions
            services.change_session(
                session=obj, changes=changes, actor=actor, expected_versions=expected_version
            )
        else:
            draft = services.SessionDraft(**{name: form.value_of(name) for name in SESSION_FIELDS})
            obj.pk = services.create_session(draft=draft, actor=actor).pk
