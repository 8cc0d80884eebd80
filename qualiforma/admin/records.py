"""Pages of a model: read by policy, written by services alone.

Django's pages save what a form holds. Here `save_model` and its kin call services, which may
refuse; the page is then shown again with what they said, at the fields they named, and nothing of
the request is kept.
"""

from collections.abc import Callable, Iterable
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, checkbox
from unfold.decorators import display

from qualiforma.accounts.actor import Actor
from qualiforma.admin import conflicts
from qualiforma.admin.asking import RecordPages
from qualiforma.admin.form_errors import add_errors_to_form
from qualiforma.admin.history import HistoryPages
from qualiforma.admin.lists import checkbox_of
from qualiforma.admin.panels import panels_of
from qualiforma.admin.readable import ReadableForm
from qualiforma.admin.rows import KeptRows
from qualiforma.admin.scripts import Scripts
from qualiforma.admin.searches import SearchedLists
from qualiforma.api.problems import page_status_of
from qualiforma.errors import InvalidFieldsError, RuleError, StaleError
from qualiforma.slicing import KeysFirstPaginator

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from qualiforma.accounts.models import User

Policy = Callable[[Actor], bool]
# Of a long selection, as many refusals are spelt out.
REFUSALS_SHOWN = 20
# What an address may ask of a column: a pattern that is none would be a crash.
COMPARISONS = frozenset({"exact", "in", "isnull", "gte", "lte", "gt", "lt"})


class RecordForm(ReadableForm, forms.ModelForm[Any]):
    """A form that knows what a service refused of it the first time."""

    # The form's prefix, "" for the page's own, and the refusal.
    refused: ClassVar[tuple[str, RuleError] | None] = None

    def full_clean(self) -> None:
        super().full_clean()
        if self.refused and self.is_bound and self.refused[0] == (self.prefix or ""):
            add_errors_to_form(self, self.refused[1])

    def _get_validation_exclusions(self) -> set[str]:
        """Every field: shapes are the form's, rules the services', which refuse in words."""
        return {field.name for field in self._meta.model._meta.get_fields()}

    def given(self, *names: str) -> dict[str, Any]:
        """Return what was changed of these fields, as services take it: keys instead of rows."""
        return {name: self.value_of(name) for name in names if name in self.changed_data}

    def value_of(self, name: str) -> Any:
        """Return one cleaned value, a key instead of a row."""
        value = self.cleaned_data[name]
        return value.pk if isinstance(value, Model) else value


def actor_of(request: HttpRequest) -> Actor:
    """Return who is in the back-office."""
    return Actor.of(cast("User", request.user))  # the site lets nobody else in


class RecordAdmin(RecordPages, SearchedLists, Scripts, HistoryPages, KeptRows, ModelAdmin):
    """Base of every page of a model. Shape: two policies, who may read and who may write."""

    may_read: ClassVar[Policy]
    may_write: ClassVar[Policy]
    show_full_result_count = False  # it would count the whole table a second time
    list_per_page = 25
    # What an empty list says: what will stand there, and how to begin.
    empty_text: ClassVar["StrOrPromise"] = ""
    # Further buttons of a new record's page: the name that is sent, and the text.
    more_buttons: ClassVar[tuple[tuple[str, "StrOrPromise"], ...]] = ()
    paginator = KeysFirstPaginator
    list_fullwidth = True
    # Whose pages are kept for who asks again (`qualiforma.admin.kept_pages`).
    kept_views = frozenset({"changelist_view", "change_view"})

    @display(description=checkbox.render("action_toggle_all", 1))
    def action_checkbox(self, obj: Model) -> str:
        return checkbox_of(str(obj.pk))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Refuse what no filter of the page offers: Django lets an address ask any column, in any way.

        Whether a row is found would tell, letter by letter, what the page hides.
        """
        offered = set()
        for one in self.get_list_filter(request):
            named = one[0] if isinstance(one, tuple) else one
            name = named if isinstance(named, str) else getattr(named, "parameter_name", "")
            offered.add(name.split(LOOKUP_SEP)[0])
        asked = lookup.split(LOOKUP_SEP, maxsplit=1)[0]
        columns = {name for one in self.opts.fields for name in (one.name, one.attname)}
        is_offered = asked in offered or asked not in columns
        is_known = LOOKUP_SEP not in lookup or lookup.rpartition(LOOKUP_SEP)[2] in COMPARISONS
        return is_offered and is_known and super().lookup_allowed(lookup, value, request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request) and self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return type(self).may_read(actor_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_write_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_write_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by Django's own page, which deletes rows."""
        return False

    def has_write_permission(self, request: HttpRequest) -> bool:
        """Say whether this person may write here at all; bulk moves ask for it by name."""
        return type(self).may_write(actor_of(request))

    def require_write(self, request: HttpRequest) -> None:
        """Errors: `PermissionDenied` for who only reads here."""
        if not self.has_write_permission(request):
            raise PermissionDenied

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list under its name, which Django's French turns into « l’objet … à changer »."""
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        page = super().changelist_view(request, title | (extra_context or {}))
        return cast("HttpResponse", page)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save; what a service refuses is shown in the form, the transaction undone."""
        opened = request.POST.get(conflicts.OPENED, "")
        if object_id and request.method == "GET":
            # Before the record is read: what changes in between is shown rather than missed.
            opened = str(conflicts.last_entry(unquote(object_id)))
            panels = panels_of(request, self.model, unquote(object_id))
            extra_context = {"panels": panels, **(extra_context or {})}
        extra_context = {"opened": opened, **(extra_context or {})}
        try:
            page = super().changeform_view(request, object_id, form_url, extra_context)
        except RuleError as refusal:
            if object_id and isinstance(refusal, StaleError):
                refusal = conflicts.refusal()
                extra_context |= self._conflict(request, unquote(object_id))
            self.note_refusal(request, refusal)
            page = super().changeform_view(request, object_id, form_url, extra_context)
            page.status_code = page_status_of(refusal)
        return cast("HttpResponse", page)

    def _conflict(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """Merge what was typed into the record as it is now, and return what the page shows of it."""
        reading = copy(request)
        reading.method = "GET"
        found = self.get_object(reading, object_id)
        if found is None:
            return {}
        form = self.get_form(reading, found, change=True)(instance=found)
        formsets = [
            kind(instance=found, queryset=inline.get_queryset(reading))
            for kind, inline in self.get_formsets_with_inlines(reading, found)
        ]
        conflict = conflicts.merge(request, found.pk, form, formsets)
        return {"conflict": conflict, "opened": request.POST[conflicts.OPENED]}

    @staticmethod
    def note_refusal(request: HttpRequest, refusal: RuleError, prefix: str = "") -> None:
        """Store the first error so that the form is re-rendered with it."""
        if not hasattr(request, "refused"):
            at = prefix if isinstance(refusal, InvalidFieldsError) else ""
            vars(request)["refused"] = (at, refusal)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        return with_attributes(form, refused=getattr(request, "refused", None))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write by a service. What does not say how writes nothing."""
        raise PermissionDenied

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        raise PermissionDenied

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for one in queryset:
            self.delete_model(request, one)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return what the page of a stored row shows around its fields."""
        return {}

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        obj: Any = None,
        **more: Any,
    ) -> HttpResponse:
        """Name the page after what it shows; Django's names it after what is done there."""
        name = str(capfirst(self.opts.verbose_name))
        context["title"] = _("Ajouter : %s") % name if add else name
        # A form that was sent has put what was typed into `obj`.
        stored = self.get_object(request, obj.pk) if obj and request.method == "POST" else obj
        context |= (
            self.page_context(request, stored) if stored else {"more_buttons": self.more_buttons}
        )
        answer: HttpResponse = super().render_change_form(request, context, add, obj=obj, **more)
        return answer

    # Django's own log of what was done here; the audit trail has every change.
    def construct_change_message(self, *args: Any, **kwargs: Any) -> list[Any]:
        return []

    def log_addition(self, *args: Any, **kwargs: Any) -> None:
        """Not kept."""

    def log_change(self, *args: Any, **kwargs: Any) -> None:
        """Not kept."""

    def log_deletions(self, *args: Any, **kwargs: Any) -> None:
        """Not kept."""

    def move_each(
        self,
        request: HttpRequest,
        rows: Iterable[Any],
        move: Callable[[Any], object],
        undo: str = "",
    ) -> None:
        """Move each row in a transaction of its own; report what was done, and each refusal.

        `undo` is the address that undoes all of it, where the rules allow that.
        """
        done, refused = 0, []
        for row in rows:
            try:
                with transaction.atomic():
                    move(row)
            except RuleError as refusal:
                refused.append((row, refusal.detail))
            else:
                done += 1
        if done:
            told = ngettext("%d fiche traitée.", "%d fiches traitées.", done) % done
            messages.success(request, told, extra_tags=undo)
        for row, reason in refused[:REFUSALS_SHOWN]:
            told = _("Refusé – « %(row)s » : %(reason)s") % {"row": row, "reason": reason}
            messages.error(request, told)
        if len(refused) > REFUSALS_SHOWN:
            rest = len(refused) - REFUSALS_SHOWN
            told = ngettext("… et %d autre refus.", "… et %d autres refus.", rest) % rest
            messages.error(request, told)


def with_attributes(kind: Any, **attributes: Any) -> type[Any]:
    """Return the class for one request: what it holds must not reach another one."""
    made: type[Any] = type(kind)(kind.__name__, (kind,), attributes)
    return made
