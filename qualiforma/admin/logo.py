"""An organisation's logo at its login, for everybody who can open that page."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe
from unfold.sites import UnfoldAdminSite

from qualiforma.stored_files.checking import FileAlteredError, FileMissingError, open_stored
from qualiforma.tenants.context import tenant_or_none
from qualiforma.uploads import PICTURES

_Base: Any = UnfoldAdminSite if TYPE_CHECKING else object
# Of the digest, as much stands in the address: another logo has another.
SHOWN = 16


@dataclass(frozen=True)
class Logo:
    """A stored picture."""

    key: str
    sha256: str


# How the open tenant's logo is found; the app that keeps it registers one. Returns None without a logo.
finders: list[Callable[[], Logo | None]] = []


def find_logo() -> Logo | None:
    """Return the logo of the host's organisation. Cost: one statement; none on the platform's host."""
    if tenant_or_none() is None:
        return None
    return next((found for find in finders if (found := find())), None)


def address_of(logo: Logo) -> str:
    """Return where browsers find a logo of the host's organisation."""
    return reverse("admin:logo", args=[logo.sha256[:SHOWN]])


class LogoPages(_Base):
    """Adds the picture's address to a site, open to everybody."""

    def logo_urls(self) -> list[URLPattern]:
        return [path("logo/<slug:digest>/", require_safe(self.logo_view), name="logo")]

    def logo_address(self) -> str:
        """Return where the logo is; nothing without one."""
        logo = find_logo()
        return address_of(logo) if logo else ""

    def logo_view(self, request: HttpRequest, digest: str) -> HttpResponseBase:
        """Hand the picture out. Browsers may keep it: the address names what it holds.

        A logo that was altered or lost is not shown; the organisation's ADMINs are written to.
        """
        logo = find_logo()
        if logo is None or logo.sha256[:SHOWN] != digest:
            raise Http404
        try:
            file = open_stored(logo.key)
        except (FileNotFoundError, FileAlteredError, FileMissingError) as error:
            raise Http404 from error
        extension = PurePath(logo.key).suffix.lstrip(".")
        kind = next(kind for kind in PICTURES if extension in kind.extensions)
        return FileResponse(
            file,
            filename=f"logo.{extension}",
            content_type=kind.content_type,
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )
