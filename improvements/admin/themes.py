"""The themes of complaints as pages: the list in its order, one theme, its deletion."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from improvements import policies, services
from improvements.models import ComplaintTheme
from qualiforma.accounts.actor import Actor
from qualiforma.admin.deletion import DeletionAdmin
from qualiforma.admin.records import RecordForm, actor_of
from qualiforma.admin.site import site

POSITION_MAX = 1000
FIELDS = ("name", "position", "archived")


class ThemeForm(RecordForm):
    """A theme; a new one is in use."""

    position = forms.IntegerField(
        label=_("Ordre"),
        min_value=0,
        max_value=POSITION_MAX,
        initial=0,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    # The version that the page showed.
    expected_version = forms.IntegerField(label="", required=False, widget=forms.HiddenInput)

    class Meta:
        model = ComplaintTheme
        fields = FIELDS
        help_texts: ClassVar = {
            "archived": _(
                "Un thème archivé n’est plus proposé ; les réclamations déjà classées sous ce thème le conservent."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["expected_version"] = self.instance.version

    def clean_position(self) -> int:
        """Nothing is 0."""
        return self.cleaned_data["position"] or 0


@admin.register(ComplaintTheme, site=site)
class ComplaintThemeAdmin(DeletionAdmin):
    may_read = policies.can_read_complaints
    may_write = policies.can_manage_themes
    form = ThemeForm
    removing = _("Supprimer le thème")
    removed = _("Le thème est supprimé.")
    empty_text = _(
        "Les thèmes servent à repérer les réclamations qui se répètent : accueil, planning, "
        "matériel… Ajoutez ceux que vous rencontrez."
    )
    list_display = ("name", "position", "in_use", "complaints")
    list_filter = ("archived",)
    search_fields = ("name",)
    search_help_text = _("Nom")
    actions: ClassVar = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        # A subquery for the page's rows alone would be one more class; the list is short.
        return ComplaintTheme.objects.annotate(named=Count("complaints"))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("position", "name", "id")

    @display(description=_("En usage"), boolean=True, ordering="archived")
    def in_use(self, theme: ComplaintTheme) -> bool:
        return not theme.archived

    @display(description=_("Réclamations"))
    def complaints(self, theme: Any) -> int:
        named: int = theme.named
        return named

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("name", "position")}),)
        expected_version = ("expected_version",) if self.has_change_permission(request, obj) else ()
        return ((None, {"fields": (*FIELDS, *expected_version)}),)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            expected_version = form.cleaned_data.get("expected_version")
            services.change_theme(
                theme=obj,
                changes=form.given(*FIELDS),
                actor=actor,
                expected_versions=None if expected_version is None else (expected_version,),
            )
        else:
            obj.pk = services.add_theme(
                name=form.cleaned_data["name"],
                position=form.cleaned_data["position"],
                actor=actor,
            ).pk

    def remove(self, row: Any, actor: Actor) -> None:
        services.delete_theme(theme=row, actor=actor)

    def consequence_of(self, row: Any) -> Any:
        return _(
            "Possible tant qu’aucune réclamation n’est classée sous ce thème ; sinon, archivez-le."
        )
