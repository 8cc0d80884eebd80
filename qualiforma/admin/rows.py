"""Rows of the back-office whose SQL is written once per shape of the call; what they found is never kept.

What a page's queryset depends on is the page itself, the role, what the address asks for, the method, the language
and the day; the caller's id is a value of each call. A queryset with prefetches stays as it is.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.core.exceptions import EmptyResultSet, ValidationError
from django.core.paginator import InvalidPage, Paginator
from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from qualiforma.accounts.actor import Actor
from qualiforma.admin.kept_filters import KeptFilter, name_of, texts_of_code
from qualiforma.lookups import KEYS, Figures, RowStatement
from qualiforma.slicing import shown_of

if TYPE_CHECKING:
    from qualiforma.accounts.models import User

_Base: Any = ModelAdmin if TYPE_CHECKING else object
CALLER, (KEY, *_) = "the caller", KEYS
REMEMBERED = 512
# Which page, and in which order: with nothing else in its address a list is as it was declared.
PLAIN = {PAGE_VAR, ORDER_VAR}
# Where a page leads back to: nothing that its record depends on.
WAY_BACK = {"_changelist_filters"}
_kept: OrderedDict[Any, RowStatement[Any] | None] = OrderedDict()
_totals = Figures[Any](REMEMBERED)


def shape_of(admin: Any, request: HttpRequest) -> tuple[Any, ...]:
    """Return what the queryset of a page depends on, but for the caller's id."""
    actor = Actor.of(cast("User", request.user))
    asked = {name: tuple(values) for name, values in request.GET.lists() if name not in WAY_BACK}
    site = admin.admin_site.name
    return (
        *(type(admin), site, actor.role, tuple(sorted(asked.items()))),
        *(request.method, get_language(), timezone.localdate()),
    )


def statement_of(
    shape: tuple[Any, ...], caller: str, rows: Callable[[], Any]
) -> RowStatement[Any] | None:
    """Return the statement of this shape, None where the ORM must ask; `rows` is called the first time."""
    if shape not in _kept:
        try:
            _kept[shape] = RowStatement(rows(), {caller: CALLER, KEY: KEY})
        except (TypeError, ValueError, ValidationError, EmptyResultSet):
            _kept[shape] = None
        while len(_kept) > REMEMBERED:
            _kept.popitem(last=False)
    _kept.move_to_end(shape)
    return _kept[shape]


def kept_rows(name: str, actor: Actor, key: str, rows: Callable[[str], Any]) -> list[Any]:
    """Return what `rows(key)` finds, whose SQL is written once per name, role, language and day. Cost: one statement.

    `rows` depends on nothing else but the caller's id.
    """
    shape = (name, actor.role, get_language(), timezone.localdate())
    statement = statement_of(shape, actor.id, lambda: rows(KEY))
    return list(rows(key)) if statement is None else statement.run_all({CALLER: actor.id, KEY: key})


class _OnDemand:
    """A page whose queryset is built where somebody asks it."""

    def __init__(self, admin: Any) -> None:
        self._admin = admin

    def __getattr__(self, name: str) -> Any:
        return getattr(self._admin, name)

    def get_queryset(self, request: HttpRequest) -> Any:
        return SimpleLazyObject(lambda: self._admin.get_queryset(request))


class KeptChangeList(ChangeList):
    """Django's list of records, which builds no queryset where the statement is known.

    Lists that are searched or filtered are Django's own: what a filter adds may be read from the database.
    Cost: as before, one statement for the count and one for the page.
    """

    list_filter: Any
    filter_specs: Any

    def __init__(self, request: HttpRequest, *given: Any) -> None:
        [admin] = [one for one in given if hasattr(one, "admin_site")]
        self._is_kept = set(request.GET) <= PLAIN and not admin.list_editable
        self._is_kept = self._is_kept and request.method == "GET"
        self._shape, self._caller = shape_of(admin, request), str(request.user.pk)
        if self._is_kept:
            given = tuple(_OnDemand(one) if one is admin else one for one in given)
        self._filters: Any = None
        super().__init__(request, *given)
        self.model_admin = admin

    @property
    def shape(self) -> tuple[Any, ...] | None:
        """What the parts of the page depend on that are neither rows nor figures; None where that is not known."""
        return (*self._shape, *self.list_display) if self._is_kept else None

    def get_filters(self, request: HttpRequest) -> Any:
        """Return the filters, which ask the database for their choices once; those of the code as texts."""
        if self._filters is None:
            known = texts_of_code(self.shape)
            texts = {name: KeptFilter(text) for name, text in known.items()}
            wanted = {name_of(one) for one in self.list_filter} - set(known)
            self._filters = self._filters_with(request, wanted, texts)
        return self._filters

    def _filters_with(
        self, request: HttpRequest, wanted: Collection[Any], known: dict[Any, Any]
    ) -> Any:
        """Make the filters that are wanted; return them and those that are known, as Django does."""
        declared = self.list_filter
        self.list_filter = [one for one in declared if name_of(one) in wanted]
        specs, _has, *more = super().get_filters(request)
        self.list_filter = declared
        made = {name_of(one): one for one in specs} | known
        specs = [made[name_of(one)] for one in declared if name_of(one) in made]
        return specs, bool(specs), *more

    def _whole(self, request: HttpRequest, make: Callable[[HttpRequest], Any]) -> Any:
        """Build the queryset, which asks each filter what it adds."""
        listed, shown = self._filters, self.filter_specs
        made = {name_of(one): one for one in shown if not isinstance(one, KeptFilter)}
        if len(made) < len(shown):
            wanted = texts_of_code(self.shape).keys()
            self._filters = self._filters_with(request, wanted, made)
        try:
            return make(request)
        finally:
            self._filters, self.filter_specs = listed, shown

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        make = super().get_queryset
        if not self._is_kept or exclude_parameters is not None:
            return make(request, exclude_parameters)
        self.filter_specs, self.has_filters, _left, _twice, self.has_active_filters = (
            self.get_filters(request)
        )
        self.clear_all_filters_qs = self.get_query_string(remove=self.get_filters_params())
        return SimpleLazyObject(lambda: self._whole(request, make))

    def get_results(self, request: HttpRequest) -> None:
        if not self._is_kept:
            super().get_results(request)
            return
        total = _totals(
            self._shape,
            caller=self._caller,
            rows=lambda: self.queryset,
            aggregates=lambda: {"total": Count("*")},
        )["total"]
        self.result_count, self.full_result_count = total, None
        self.show_full_result_count, self.show_admin_actions = False, True
        self.can_show_all, self.multi_page = (
            total <= self.list_max_show_all,
            total > self.list_per_page,
        )
        self.paginator = Paginator(range(total), self.list_per_page)
        try:
            start = self.paginator.page(self.page_num).start_index() - 1 if self.multi_page else -1
        except InvalidPage as error:
            raise IncorrectLookupParameters from error
        self.result_list = self._rows(start)

    def _rows(self, start: int) -> list[Any]:
        """Return the rows of a page, all of them where there is but one."""

        def rows() -> Any:
            if start < 0:
                return self.queryset.all()
            return shown_of(self.queryset, self.queryset[start : start + self.list_per_page])

        statement = statement_of(("list", *self._shape, start), self._caller, rows)
        return list(rows()) if statement is None else statement.run_all({CALLER: self._caller})


class KeptRows(_Base):
    """A page of a model whose list and records are found by statements that are known."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KeptChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Return the record of a page, or None. Cost: one statement."""
        caller, shape = str(request.user.pk), ("one", *shape_of(self, request))
        statement = None
        if from_field is None:
            statement = statement_of(
                shape, caller, lambda: self.get_queryset(request).filter(pk=KEY)
            )
        if statement is None:
            return super().get_object(request, object_id, from_field)
        return statement.run({CALLER: caller, KEY: object_id})
