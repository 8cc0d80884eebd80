from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from actionplans import policies, services
from actionplans.admin.forms import AreaForm, GroupForm
from actionplans.models import Area, Group
from qualiforma.accounts.actor import Actor
from qualiforma.admin.deletion import DeletionAdmin
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site

UNUSED = _("Possible tant que rien ne s’y rattache ; le journal d’audit garde ce qu’il était.")


@admin.register(Area, site=site)
class AreaAdmin(DeletionAdmin):
    may_read = policies.can_read_all
    may_write = policies.can_keep_all
    form = AreaForm
    removing = _("Supprimer le périmètre")
    removed = _("Le périmètre est supprimé.")
    fields = ("name", "parent", "position")
    actions: ClassVar = ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The tree instead of a list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Périmètres"),
            "areas": Area.objects.tree(),
            "may_add": self.has_add_permission(request),
        }
        return TemplateResponse(request, "actionplans/area_tree.html", context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            services.edit_area(
                area=obj, changes=form.given("name", "parent", "position"), actor=actor
            )
        else:
            given = {name: form.value_of(name) for name in ("name", "parent", "position")}
            parent_id = given.pop("parent")
            obj.pk = services.add_area(**given, parent_id=parent_id, actor=actor).pk

    def remove(self, row: Any, actor: Actor) -> None:
        services.delete_area(area=row, actor=actor)

    def consequence_of(self, row: Any) -> Any:
        return UNUSED


@admin.register(Group, site=site)
class GroupAdmin(DeletionAdmin):
    may_read = policies.can_read_all
    may_write = policies.can_keep_all
    form = GroupForm
    removing = _("Supprimer le groupe")
    removed = _("Le groupe est supprimé.")
    fields = ("name",)
    empty_text = _("Les groupes réunissent les personnes à qui un plan d’action est ouvert.")
    list_display = ("name",)
    search_fields = ("name",)
    ordering = ("name", "id")
    sortable_by = ()  # the one column is sorted already
    actions: ClassVar = ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor, name = actor_of(request), form.cleaned_data["name"]
        if change:
            services.edit_group(group=obj, name=name, actor=actor)
        else:
            obj.pk = services.add_group(name=name, actor=actor).pk

    def remove(self, row: Any, actor: Actor) -> None:
        services.delete_group(group=row, actor=actor)

    def consequence_of(self, row: Any) -> Any:
        return UNUSED
