"""What one app shows below the page of another's record: evidence of a plan, say.

An app registers a function; the page of every registered type of records asks each of them.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from qualiforma.record_types import RecordType, type_of

# Called with the request, the type and the id of the record; returns a template and its context,
# None for a type that it has nothing to say of.
Panel = Callable[[HttpRequest, RecordType, str], tuple[str, dict[str, Any]] | None]
# Called with the request; returns likewise what stands on the home page.
HomePanel = Callable[[HttpRequest], tuple[str, dict[str, Any]]]
_panels: list[Panel] = []
_home_panels: list[HomePanel] = []
_first_panels: list[HomePanel] = []


def register(panel: Panel) -> Panel:
    """Add a panel to the pages of all registered types; usable as a decorator."""
    _panels.append(panel)
    return panel


def panels_of(
    request: HttpRequest, model: type[Model], record_id: str
) -> list[tuple[str, dict[str, Any]]]:
    """Return the panels below a record's page. Cost: each panel's own."""
    known = type_of(model)
    if known is None:
        return []
    found = [panel(request, known, record_id) for panel in _panels]
    return [one for one in found if one is not None]


def register_home(panel: HomePanel) -> HomePanel:
    """Add a panel to the home page, below what is late and due; usable as a decorator."""
    _home_panels.append(panel)
    return panel


def register_first(panel: HomePanel) -> HomePanel:
    """Add a panel to the top of the home page: what comes before any work; usable as a decorator."""
    _first_panels.append(panel)
    return panel


def home_panels(request: HttpRequest) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Return the panels of the home page. Cost: each panel's own."""
    return {
        "first_panels": [panel(request) for panel in _first_panels],
        "panels": [panel(request) for panel in _home_panels],
    }
