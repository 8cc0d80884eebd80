"""Inputs of one line are written without templates: Django takes two and a copy of the context for each.

The text is that of Django's templates, byte for byte.
"""

from collections.abc import Callable
from typing import Any

from django.forms import Widget
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

_NAMES = ("input", "text", "number", "email", "url", "password", "hidden", "date", "datetime", "time")  # fmt: skip
# Each is `input.html` and nothing else.
TEMPLATES = frozenset(f"django/forms/widgets/{name}.html" for name in _NAMES)
_by_template: Callable[..., SafeString] = Widget._render  # type: ignore[attr-defined]  # noqa: SLF001 - inherited by all


def render(widget: Any, template_name: str, context: Any, renderer: Any = None) -> SafeString:
    """Return a widget's text; of what is no such input by its template."""
    renderer = renderer or get_default_renderer()
    if template_name not in TEMPLATES or type(renderer) is not DjangoTemplates:
        return _by_template(widget, template_name, context, renderer)
    return SafeString(_input(context["widget"]))


def _input(told: Any) -> str:
    parts = [
        f'<input type="{conditional_escape(told["type"])}" name="{conditional_escape(told["name"])}"'
    ]
    if told["value"] is not None:
        parts.append(f' value="{_text(told["value"])}"')
    for name, value in told["attrs"].items():
        if value is True:
            parts.append(f" {conditional_escape(name)}")
        elif value is not False:
            parts.append(f' {conditional_escape(name)}="{_text(value)}"')
    return "".join([*parts, ">"])


def _text(value: Any) -> str:
    """Return what Django's filter `stringformat:'s'` makes of a value, escaped unless it is safe."""
    return conditional_escape(value if isinstance(value, str) else str(value))


def install() -> None:
    """Let Django's widgets use it; it offers no other way to."""
    Widget._render = render  # type: ignore[attr-defined]  # noqa: SLF001
