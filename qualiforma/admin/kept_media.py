"""The tags of a page's scripts and styles are written once for the same files.

A page of a record has twenty files, of its form, its rows and their widgets: Django puts them in order by what
each widget needs, and asks where each file lies. Files are the code's; what belongs to a person has none.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.forms import Media

REMEMBERED = 256
_kept: OrderedDict[Any, list[str]] = OrderedDict()


def kept(render: Callable[..., Any]) -> Callable[..., Any]:
    """Keep what a method returns by the files of its media."""

    @wraps(render)
    def found(self: Any, **more: Any) -> Any:
        if more:
            return render(self, **more)
        key = (render.__name__, _files(self._js_lists), _files(map(repr, self._css_lists)))
        if key not in _kept:
            _kept[key] = list(render(self))
            while len(_kept) > REMEMBERED:
                _kept.popitem(last=False)
        return _kept[key]

    return found


def _files(lists: Any) -> tuple[Any, ...]:
    return tuple(one if isinstance(one, str) else tuple(one) for one in lists)


def install() -> None:
    """Let Django's media use it; it offers no other way to."""
    for name in ("render_js", "render_css"):
        setattr(Media, name, kept(getattr(Media, name)))
