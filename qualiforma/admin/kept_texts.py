"""Texts of the catalogs are looked up once per language, not catalog by catalog for each text of a page.

A list shows four hundred of them. Kept are the texts of the catalogs alone: what a page says of people and
organisations is in none.
"""

from typing import Any

from django.template import Context
from django.template.base import Variable
from django.templatetags.i18n import TranslateNode
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import trans_real

_django_gettext = trans_real.gettext
_functions: Any = vars(translation)["_trans"]
_nodes: Any = TranslateNode
_django_render: Any = TranslateNode.render
_state: Any = vars(trans_real)["_active"]


def gettext(message: str) -> str:
    """Return what Django's `gettext` does."""
    active: Any = getattr(_state, "value", None)
    if type(message) is not str or not message or "\r" in message:
        return _django_gettext(message)
    if not _has_catalogs(active):
        return _django_gettext(message)
    texts: dict[str, str] | None = vars(active).get("kept_texts")
    if texts is None:
        texts = active.kept_texts = texts_of(active)
    found = texts.get(message)
    if found is not None:
        return found
    # No catalog of the language has it; the fallback's may.
    return message if active._fallback is None else _django_gettext(message)  # noqa: SLF001


def _has_catalogs(active: Any) -> bool:
    return isinstance(active, trans_real.DjangoTranslation)


def texts_of(active: Any) -> dict[str, str]:
    """Return the texts of a language's catalogs by their messages; of plurals that of one."""
    keys = (key for key, _text in active._catalog.items())  # noqa: SLF001
    messages = {key if isinstance(key, str) else key[0] for key in keys}
    return {one: active.gettext(one) for one in messages if one}


def translated(node: Any, context: Context) -> Any:
    """Return what Django's `{% translate "…" %}` does, looked up once per language for each place."""
    active: Any = getattr(_state, "value", None)
    if active is None or not _is_text(node):
        return _django_render(node, context)
    texts: dict[Any, SafeString] = vars(node).setdefault("kept_texts", {})
    if active not in texts:
        texts[active] = _django_render(node, context)
    return texts[active]


def _is_text(node: Any) -> bool:
    """Say whether a node shows a text that stands in its template, and nothing else."""
    said = node.filter_expression
    is_plain = not (node.noop or node.asvar or node.message_context or said.filters)
    return is_plain and isinstance(said.var, Variable) and isinstance(said.var.literal, str)


def install() -> None:
    """Let Django's functions use it; it offers no other way to."""
    _functions.gettext = gettext
    _nodes.render = translated
