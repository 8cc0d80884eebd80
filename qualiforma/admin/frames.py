"""What every page of a site is given, worked out once per role, language and host's addresses.

What belongs to a person or an organisation is added in each call.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import get_urlconf, reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from qualiforma import __version__
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.admin.menu import Group, menu_of, menu_text
from qualiforma.tenants.context import tenant_or_none

_Base: Any = UnfoldAdminSite if TYPE_CHECKING else object
# How many menus, each of a role, a language and a page, a process remembers as text.
REMEMBERED = 512


class Frames(_Base):
    """A site whose pages share what they are given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept_frames: dict[tuple[Any, ...], tuple[dict[str, Any], tuple[str, ...]]] = {}
        self.kept_menus: OrderedDict[tuple[Any, ...], SafeString] = OrderedDict()

    @staticmethod
    def frame_key(request: HttpRequest) -> tuple[Any, ...]:
        """Return what a frame depends on; who the person is, is found in each call."""
        role = Actor.of(request.user).role if isinstance(request.user, User) else None
        return role, get_language(), get_urlconf(), tenant_or_none() is None

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        key, tenant = self.frame_key(request), tenant_or_none()
        may_enter = self.has_permission(request)
        if key not in self.kept_frames:
            self.kept_frames[key] = self._frame(request)
        context, links = self.kept_frames[key]
        return context | {
            "has_permission": may_enter,
            "sidebar_text": self._menu(request, key, links) if may_enter else "",
            "site_header": tenant.name if tenant else _("Plateforme"),
        }

    def _frame(self, request: HttpRequest) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return what pages share, and where their menu leads to."""
        context = super().each_context(request)
        del context["sidebar_navigation"], context["log_entries"]
        shared = {
            "account_links": self._own_links() if tenant_or_none() else (),
            "site_title": "QualiForma",
            "version": __version__,
            "colors": {},  # they stand in backoffice/page.css: the policy lets no inline style in
        }
        menu = self.get_sidebar_list(request) if self.has_permission(request) else []
        links = tuple(str(item["link"]) for group in menu for item in group["items"])
        return context | shared, links

    def _own_links(self) -> tuple[tuple[str, str], ...]:
        """Return what the menu of one's account leads to: titles and addresses."""
        pages = {"calendars": _("Mes calendriers"), "password_change": _("Mot de passe")}
        return tuple(
            (str(title), reverse(f"admin:{name}", current_app=self.name))
            for name, title in pages.items()
        )

    def get_sidebar_list(self, request: HttpRequest) -> list[Group]:
        """Return the menu, what is used every day first."""
        return menu_of(self.get_app_list(request), self.name, request.path)

    def _menu(
        self, request: HttpRequest, key: tuple[Any, ...], links: tuple[str, ...]
    ) -> SafeString:
        """Return the menu as text; of the path it depends on the entries that lead there alone."""
        path = request.path
        shown = (*key, path in links, *(one for one in links if path.startswith(one)))
        text = self.kept_menus.get(shown)
        if text is None:
            text = self.kept_menus[shown] = menu_text(self.get_sidebar_list(request))
            while len(self.kept_menus) > REMEMBERED:
                self.kept_menus.popitem(last=False)
        return text
