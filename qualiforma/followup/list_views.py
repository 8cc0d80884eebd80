"""Lists that are grouped, with columns to choose, filters as chips, and views kept under a name.

All of it stands in the address, so that an address shows the same list again; a kept view is such an
address with a name.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.contrib.admin.utils import label_for_field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.errors import InvalidFieldsError
from qualiforma.followup.models import SavedView
from qualiforma.followup.saved_views import delete_view, readable_query, save_view

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

GROUP, COLUMN = "group", "col"
# Of a page and of a mistake in an address: nothing that a view keeps.
FLEETING = ("p", "e", "all")
_Base: Any = RecordAdmin if TYPE_CHECKING else object
_List: Any = object  # Django's list, which this is mixed into


class OwnParameters(_List):
    """Django's list, with the groups and columns of `ListViews` in its address."""

    asked: ClassVar[QueryDict]

    def get_filters_params(self, params: Any = None) -> Any:
        found = super().get_filters_params(params)
        return {name: found[name] for name in found if name not in {GROUP, COLUMN}}

    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[Any]:
        order: list[Any] = super().get_ordering(request, queryset)
        admin: ListViews = self.model_admin
        return [*admin.group_order(admin.group_of(request)), *order]

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Return the address with other values; Django's keeps one alone of several."""
        kept, new, away = self.asked.copy(), new_params or {}, (*(remove or ()), "e")
        for name in list(kept):
            if name in away or name.split("__")[0] in away:
                del kept[name]
        for name, value in new.items():
            kept.setlist(name, value if isinstance(value, list | tuple) else [value])
            if value is None:
                del kept[name]
        return f"?{kept.urlencode()}"


class ListViews(_Base):
    """Adds groups, columns and kept views to a list of records.

    Shape: `groups` are names for people, and for `group_label`, by what stands in the address;
    `more_columns` are offered besides `list_display`, of which the first is always shown.
    """

    groups: ClassVar[dict[str, "StrOrPromise"]] = {}
    more_columns: ClassVar[tuple[str, ...]] = ()

    # --- What subclasses say
    def group_order(self, group: str) -> tuple[Any, ...]:
        """Return what brings the rows of a group together."""
        return ()

    def group_label(self, group: str, row: Any) -> str:
        """Return the heading of a row's group."""
        return ""

    # --- The list
    def group_of(self, request: HttpRequest) -> str:
        """Return the group that an address asks for, empty for none that is known."""
        asked = request.GET.get(GROUP, "")
        return asked if asked in self.groups else ""

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Return the first column, and those that were chosen; without choice the usual ones."""
        usual: tuple[str, ...] = tuple(super().get_list_display(request))
        asked = set(request.GET.getlist(COLUMN))
        chosen = tuple(one for one in (*usual[1:], *self.more_columns) if one in asked)
        return (usual[0], *chosen) if chosen else usual

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Return Django's list, which takes every other name in an address for a column's."""
        base = super().get_changelist(request, **kwargs)
        return type("OwnChangeList", (OwnParameters, base), {"asked": request.GET})

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page: HttpResponse = super().changelist_view(request, extra_context)
        found = getattr(page, "context_data", None) or {}
        if "cl" in found:
            shown, group = found["cl"], self.group_of(request)
            if group:
                shown.result_list = list(shown.result_list)
                for row in shown.result_list:
                    row.group_label = self.group_label(group, row)
            found |= self._choices(request, shown)
        return page

    def _choices(self, request: HttpRequest, shown: Any) -> dict[str, Any]:
        """Return what stands above the list: chips, groups, columns and kept views."""
        group, here = self.group_of(request), set(shown.list_display)
        usual = tuple(super().get_list_display(request))
        names = {"state_chosen": "state"}
        here |= {names.get(one, one) for one in here}
        groups = [("", _("Sans regroupement")), *self.groups.items()]
        query = request.GET.copy()
        for name in FLEETING:
            query.pop(name, None)
        views = SavedView.objects.filter(owner=actor_of(request).id, page=self.opts.label_lower)
        return {
            "chips": list(_chips(shown)),
            "list_groups": [
                (label, name == group, shown.get_query_string({GROUP: name or None}, ["p"]))
                for name, label in groups
            ],
            "list_columns": [
                (one, label_for_field(one, self.model, self), one in here)
                for one in (*usual[1:], *self.more_columns)
            ],
            "kept_parameters": [
                (name, value)
                for name, values in query.lists()
                for value in values
                if name != COLUMN
            ],
            "view_query": query.urlencode(),
            "saved_views": [
                (view, QueryDict(view.query) == query, self._address("view", view.pk))
                for view in views.order_by("name")
            ],
            "save_view_address": self._address("views"),
        }

    def _address(self, name: str, *args: Any) -> str:
        route = f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}"
        return reverse(route, args=args, current_app=self.admin_site.name)

    # --- Kept views
    def get_urls(self) -> list[URLPattern]:
        views = {
            "view": ("views/<slug:key>/", self.open_view),
            "views": ("views/", require_POST(self.keep_view)),
            "view_delete": ("views/<slug:key>/delete/", require_POST(self.forget_view)),
        }
        own = [
            path(
                route,
                self.admin_site.admin_view(view),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{name}",
            )
            for name, (route, view) in views.items()
        ]
        return [*own, *super().get_urls()]

    def _mine(self, request: HttpRequest, key: str) -> SavedView:
        mine = SavedView.objects.filter(owner=actor_of(request).id, page=self.opts.label_lower)
        return get_object_or_404(mine, pk=key)

    def open_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """Lead from the address of a view to its list."""
        return HttpResponseRedirect(
            f"{self._address('changelist')}?{self._mine(request, key).query}"
        )

    def keep_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the list as it is shown, under a name."""
        asked = QueryDict(request.POST.get("query", "")[:10_000])
        listed = f"{self._address('changelist')}?{asked.urlencode()}"
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        try:
            view = save_view(
                page=self.opts.label_lower,
                name=request.POST.get("name", "").replace("\0", ""),
                query=readable_query(
                    (one, value) for one, values in asked.lists() for value in values
                ),
                actor=actor_of(request),
            )
        except InvalidFieldsError as refusal:
            for one in refusal.errors:
                messages.error(request, str(one.detail))
        else:
            messages.success(request, _("La vue « %s » est enregistrée.") % view.name)
        return HttpResponseRedirect(listed)

    def forget_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """Delete a view of one's own."""
        view = self._mine(request, key)
        delete_view(view=view)
        messages.success(request, _("La vue « %s » est supprimée.") % view.name)
        return HttpResponseRedirect(self._address("changelist"))


def _chips(shown: Any) -> Any:
    """Yield each filter that is on, and the search: what it says, and the address without it."""
    if shown.query:
        yield f"« {shown.query} »", shown.get_query_string({}, ["q", "p"])
    for one in shown.filter_specs:
        names = [*one.expected_parameters(), "p"]
        asked = any(shown.params.get(name) for name in one.expected_parameters())
        chosen = [choice for choice in one.choices(shown) if choice.get("selected")]
        if asked and chosen and "display" in chosen[0]:
            title = str(one.title)
            yield (
                f"{title[:1].upper()}{title[1:]}{_(' :')} {chosen[0]['display']}",
                shown.get_query_string({}, names),
            )
