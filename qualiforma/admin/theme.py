"""How the pages look. Read by the settings; names are unfold's."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse

# Tags of our templates.
TAGS = {name: f"qualiforma.admin.{name}" for name in ("kept_parts", "list_tables", "plain_cells")}
UNFOLD: dict[str, Any] = {
    "SITE_URL": None,
    "SITE_SYMBOL": "verified",
    "SHOW_HISTORY": False,  # Django's own log is not kept; the audit trail is
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": False,
    "LANGUAGES": {"action": lambda _request: reverse("admin:language")},
    "STYLES": [lambda _request: static("backoffice/page.css")],
    "SCRIPTS": [
        lambda _request: static("backoffice/find.js"),
        lambda _request: static("backoffice/undo.js"),
        lambda _request: static("backoffice/spoken.js"),
    ],
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("backoffice/icon.svg"),
        }
    ],
    "COLORS": {},
    "BORDER_RADIUS": None,
}
