"""The menu: the tasks of every day first, with icons, then everything else in French order."""

import unicodedata
from functools import cache
from typing import Any

from django.template import Context, Engine, Template
from django.template.loaders.app_directories import Loader
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

# Pages that are used every day, in this order, and their icons (Material Symbols).
DAILY = (
    ("improvements_complaint_changelist", "forum"),
    ("improvements_improvementplan_changelist", "assignment"),
    ("improvements_correctiveaction_changelist", "task_alt"),
    ("compliance_evidence_changelist", "folder_open"),
    ("readiness", "fact_check"),
)
Group = dict[str, Any]


def sorted_as_read(item: dict[str, Any]) -> str:
    """Return what sorts titles as French dictionaries do: accents and case make no difference."""
    apart = unicodedata.normalize("NFKD", str(item["title"]).casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))


def menu_of(apps: list[dict[str, Any]], site_name: str, path: str) -> list[Group]:
    """Return the menu of what Django lists, with a first group of what is used every day.

    Where none of those pages is (the platform's site), there is no such group.
    """
    groups: list[Group] = [
        {
            "title": str(app["name"]),
            "items": sorted(
                (_item(one, path) for one in app["models"] if one["admin_url"]), key=sorted_as_read
            ),
        }
        for app in apps
    ]
    groups.sort(key=sorted_as_read)
    found = {str(item["link"]): item for group in groups for item in group["items"]}
    daily = []
    for name, icon in DAILY:
        item = found.get(_address(name, site_name))
        if item is not None:
            daily.append(item | {"icon": icon})
    if not daily:
        return groups
    links = {str(item["link"]) for item in daily}
    for group in groups:
        group["items"] = [one for one in group["items"] if str(one["link"]) not in links]
    home = _address("index", site_name)
    first = {
        "title": _("À faire"),
        "icon": "today",
        "link": home,
        "active": path == home,
        "has_permission": True,
    }
    return [{"items": [first, *daily]}, *groups]


def _item(model: dict[str, Any], path: str) -> dict[str, Any]:
    link = str(model["admin_url"])
    return {
        "title": capfirst(str(model["name"])),
        "link": link,
        "active": path.startswith(link),
        "has_permission": True,
    }


def _address(name: str, site_name: str) -> str:
    try:
        return reverse(f"admin:{name}", current_app=site_name)
    except NoReverseMatch:
        return ""


def menu_text(groups: list[Group]) -> SafeString:
    """Return the menu as unfold's template writes it: fifty entries, with a template in each."""
    return _template().render(Context({"sidebar_navigation": groups}))


@cache
def _template() -> Template:
    """Return unfold's own, beside which ours of the same name only shows the text."""
    engine = Engine.get_default()
    return Loader(engine).get_template("unfold/helpers/app_list.html")
