"""Pages of the site that are for everybody with an account, whatever else they may see."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from unfold.sites import UnfoldAdminSite

from qualiforma.accounts.models import User
from qualiforma.admin.kept_pages import kept

View = TypeVar("View", bound=Callable[..., HttpResponse])
_Base: Any = UnfoldAdminSite if TYPE_CHECKING else object


class OwnPages(_Base):
    """What a site has for those who may not enter the rest of it, and how the rest refuses them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The first is where they come in.
        self.own_pages: list[tuple[str, Callable[..., HttpResponse], str]] = []

    def own_page(self, route: str, name: str, *, is_home: bool = False) -> Callable[[View], View]:
        """Decorate a view: a page about one's own things, for the person who has an account."""

        def add(view: View) -> View:
            self.own_pages.insert(0 if is_home else len(self.own_pages), (route, view, name))
            return view

        return add

    def own_urls(self) -> list[URLPattern]:
        """Return their addresses."""
        return [path(route, self.own_view(view), name=name) for route, view, name in self.own_pages]

    def has_own_pages_alone(self, request: HttpRequest) -> bool:
        """Say whether this is somebody with an account who reaches no other page of the site."""
        known = isinstance(request.user, User)
        return known and bool(self.own_pages) and not self.has_permission(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Let in who may enter; refuse whose own pages are elsewhere, send who is not logged in there."""
        owner = getattr(view, "__self__", None)
        is_kept = getattr(view, "__name__", "") in getattr(owner, "kept_views", ())
        guarded = super().admin_view(kept(view) if is_kept else view, cacheable)

        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not self.has_own_pages_alone(request):
                return guarded(request, *args, **kwargs)
            if request.path == reverse("admin:index", current_app=self.name):
                return HttpResponseRedirect(self.own_home())
            raise PermissionDenied

        return inner

    def own_view(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Require a login; after it the user comes back to the page."""

        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if isinstance(request.user, User):
                return view(request, *args, **kwargs)
            login = reverse("admin:login", current_app=self.name)
            return redirect_to_login(request.get_full_path(), login)

        return csrf_protect(never_cache(inner))

    def own_home(self) -> str:
        return reverse(f"admin:{self.own_pages[0][2]}", current_app=self.name)
