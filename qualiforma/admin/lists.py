"""What is the same in each row of a list is worked out once.

unfold renders the headers of all columns again for each row, of which it needs their names, and a
template for each label and each checkbox.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, wraps
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from unfold.admin import checkbox
from unfold.templatetags import unfold_list
from unfold.utils import display_for_label

from qualiforma.admin.cells import escaped, rows_of

# How many labels, each a state in one language, a process remembers.
LABELS = 1024
_MARK = "the-key-of-the-row"


def once_per_list(
    headers: Callable[[Any], Iterator[dict[str, Any]]],
) -> Callable[[Any], Iterator[dict[str, Any]]]:
    """Keep what this says of a list with the list, which is one request's own."""

    @wraps(headers)
    def kept(cl: Any) -> Iterator[dict[str, Any]]:
        found: list[dict[str, Any]] | None = vars(cl).get("kept_headers")
        if found is None:
            found = cl.kept_headers = list(headers(cl))
        yield from found

    return kept


def label(value: Any, empty_value_display: str, kinds: Any) -> Any:
    """Return a label as unfold's template writes it; of texts it depends on nothing else."""
    parts = value if isinstance(value, tuple) else (value,)
    if not isinstance(kinds, Mapping) or not all(isinstance(one, str | Promise) for one in parts):
        return display_for_label(value, empty_value_display, kinds)
    return _label(tuple(str(one) for one in parts), empty_value_display, tuple(kinds.items()))


@lru_cache(LABELS)
def _label(parts: tuple[str, ...], empty: str, kinds: tuple[tuple[Any, Any], ...]) -> Any:
    value = parts if len(parts) > 1 else parts[0]
    return display_for_label(value, empty, dict(kinds))


def checkbox_of(key: str) -> SafeString:
    """Return the checkbox that chooses a row."""
    return SafeString(_checkbox(get_language() or "").format(escaped(key)))


@lru_cache(8)
def _checkbox(language: str) -> str:
    """Return the checkbox as a format, with a place for the key."""
    text: str = checkbox.render(ACTION_CHECKBOX_NAME, _MARK)
    return text.replace("{", "{{").replace("}", "}}").replace(_MARK, "{0}")


def install() -> None:
    """Let unfold's lists use these; it offers no other way to."""
    unfold_list.results = rows_of
    unfold_list.result_headers = once_per_list(unfold_list.result_headers)
    unfold_list.display_for_label = label
