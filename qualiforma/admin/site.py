"""The admin site: one for organisations' hosts and one for the platform's, with the same login."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.i18n import set_language
from unfold.sites import UnfoldAdminSite

from qualiforma.accounts import services
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.services.entries import enter_login
from qualiforma.admin.forgotten import ForgottenPassword
from qualiforma.admin.form_errors import add_errors_to_form
from qualiforma.admin.forms import LoginForm, PasswordForm
from qualiforma.admin.frames import Frames
from qualiforma.admin.logo import LogoPages
from qualiforma.admin.own_pages import OwnPages
from qualiforma.admin.panels import home_panels
from qualiforma.admin.policies import can_enter
from qualiforma.admin.sessions import close_session, open_session
from qualiforma.api.address import client_address
from qualiforma.api.problems import page_status_of
from qualiforma.browsers import CLEARED_AT_LOGOUT
from qualiforma.errors import NotAllowedError, RuleError
from qualiforma.tenants.context import current_scope

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from qualiforma.accounts.models import User

View = TypeVar("View", bound=Callable[..., HttpResponse])
# Django's own pages that read or write around our services.
LEFT_OUT = frozenset({"view_on_site"})


@dataclass(frozen=True)
class MenuEntry:
    """A page of no model in the menu: under which app, and for whom."""

    name: str
    title: "StrOrPromise"
    app_label: str
    policy: Callable[[Actor], bool]

    def as_model(self, address: str) -> dict[str, Any]:
        """Return it as Django lists a model."""
        return {
            "name": self.title,
            "object_name": self.name,
            "perms": {"view": True},
            "admin_url": address,
            "add_url": None,
            "view_only": True,
        }


class StaffSite(Frames, OwnPages, ForgottenPassword, LogoPages, UnfoldAdminSite):
    """Pages for those who keep the register and those who audit it."""

    index_title = _("À faire")
    site_header = _("QualiForma")
    enable_nav_sidebar = True
    kept_views = frozenset({"index"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pages: list[tuple[str, Callable[..., HttpResponse], str]] = []
        self.menu: list[MenuEntry] = []
        self._kept_lists: dict[tuple[Any, ...], list[dict[str, Any]]] = {}

    def page(
        self, route: str, name: str, entry: "MenuEntry | None" = None
    ) -> Callable[[View], View]:
        """Decorate a view: a page of no model, for those who may enter, in the menu with `entry`."""

        def add(view: View) -> View:
            self.pages.append((route, view, name))
            if entry:
                self.menu.append(entry)
            return view

        return add

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show what an app has, under its name alone."""
        found = self.get_app_list(request, app_label)
        named = {"title": found[0]["name"]} if found else {}
        given = {**named, **(extra_context or {})}
        page: HttpResponse = super().app_index(request, app_label, given)
        return page

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Return what the menu leads to: models, and before those of an app its pages of no model.

        It depends on the person's role, the language and the host's addresses alone, and is worked
        out once per process for each; who the person is, is found in each call.
        """
        key = (*self.frame_key(request), app_label)
        if key not in self._kept_lists:
            self._kept_lists[key] = self._app_list(request, app_label)
        return [app | {"models": list(app["models"])} for app in self._kept_lists[key]]

    def _app_list(self, request: HttpRequest, app_label: str | None) -> list[dict[str, Any]]:
        apps: list[dict[str, Any]] = super().get_app_list(request, app_label)
        for app in apps:
            entries = [one for one in self.menu if one.app_label == app["app_label"]]
            app["models"][:0] = [
                one.as_model(reverse(f"admin:{one.name}", current_app=self.name))
                for one in entries
                if one.policy(Actor.of(cast("User", request.user)))  # who has entered
            ]
        return apps

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own: list[URLPattern | URLResolver] = [
            path("language/", set_language, name="language"),
            path("logout/", csrf_protect(never_cache(self.logout)), name="logout"),
        ]
        own += [path(route, self.admin_view(view), name=name) for route, view, name in self.pages]
        own += self.own_urls() + self.forgotten_urls() + self.logo_urls()
        theirs = super().get_urls()
        return own + [one for one in theirs if getattr(one, "name", None) not in LEFT_OUT]

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and can_enter(Actor.of(user))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the home page, with what the features have to say there."""
        answer: HttpResponse = super().index(
            request, {**self.home_of(request), **(extra_context or {})}
        )
        return answer

    def home_of(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the home page shows. Shape: see the function that the settings name."""
        fill: Callable[[HttpRequest], dict[str, Any]] = import_string(settings.STAFF_HOME)
        return {**home_panels(request), **fill(request)}

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Let in whom the API would let in, by the same service, and whose role has pages here."""
        is_in = self.has_permission(request) or self.has_own_pages_alone(request)
        if request.method == "GET" and is_in:
            return HttpResponseRedirect(self._target(request))
        form = LoginForm(request.POST if request.method == "POST" else None)
        status, headers = 200, {}
        if form.is_valid():
            try:
                self._enter(request, form.cleaned_data)
            except RuleError as refusal:
                form.add_error(None, str(refusal.detail))
                status = page_status_of(refusal)
                if refusal.retry_after is not None:
                    headers["Retry-After"] = str(refusal.retry_after)
            else:
                return HttpResponseRedirect(self._target(request))
        context = {
            **self.each_context(request),
            "title": _("Connexion"),
            "logo": self.logo_address(),
            "app_path": request.get_full_path(),
            "form": form,
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(
            request, "admin/login.html", context, status=status, headers=headers
        )

    def _enter(self, request: HttpRequest, given: dict[str, str]) -> None:
        address = client_address(request)
        user = services.identify(
            email=given["username"],
            password=given["password"],
            scope=current_scope(),
            address=address,
        )
        if not self.own_pages and not can_enter(Actor.of(user)):
            raise NotAllowedError(
                _("Ces pages sont réservées aux responsables qualité et aux auditeurs.")
            )
        enter_login("accounts.session.opened", user=user, address=address, actor=Actor.of(user))
        open_session(request, user)

    def _target(self, request: HttpRequest) -> str:
        """Return where a login leads: to the page that was asked for, if it is one of theirs."""
        wanted = request.POST.get("next") or request.GET.get("next") or ""
        if self.has_own_pages_alone(request):
            home = self.own_home()
            return wanted if wanted.startswith(home) else home
        if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
            return wanted
        return reverse("admin:index", current_app=self.name)

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """End the session. POST only: a link from another site must not log users out."""
        if request.method != "POST":
            raise PermissionDenied
        close_session(request)
        login = reverse("admin:login", current_app=self.name)
        return HttpResponseRedirect(login, headers=CLEARED_AT_LOGOUT)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Change one's own password, by the service; other sessions and every token end."""
        form = PasswordForm(request.POST if request.method == "POST" else None)
        status = 200
        if form.is_valid():
            given = form.cleaned_data
            user = User.objects.get(pk=request.user.pk)
            try:
                services.change_password(
                    user=user,
                    current=given["current_password"],
                    new=given["new_password"],
                    scope=current_scope(),
                )
            except RuleError as refusal:
                add_errors_to_form(form, refusal)
                status = page_status_of(refusal)
            else:
                user.refresh_from_db()
                open_session(request, user)
                messages.success(request, _("Votre mot de passe est changé."))
                return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
        context = {**self.each_context(request), "title": _("Mot de passe"), "form": form}
        return TemplateResponse(request, "backoffice/password.html", context, status=status)


site = StaffSite(name="admin")
