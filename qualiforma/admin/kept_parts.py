"""Parts of a page that are the same for everybody are rendered once and kept as text.

`{% kept a b=cl.is_wide %} … {% fresh %}{{ user }}{% endfresh %} … {% endkept %}` is rendered once per language,
site and value of what it names. What stands in `fresh` is rendered in each call.

Inside, a template sees what the tag names and what the settings say of the site, `OF_SITE`; nothing else. What
belongs to a person, an organisation or a record cannot be kept by oversight: it is not there. The token of
forms is put in in each call.
"""

import re
from collections import OrderedDict
from typing import Any

from django.template import Context, Library, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token
from django.urls import get_urlconf
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = Library()
# The same for each call of the process: the settings' words for unfold.
OF_SITE = (
    *("theme", "styles", "scripts", "site_favicons", "site_title", "site_symbol", "version"),
    *("show_languages", "languages_list", "languages_action", "language_flags", "border_radius"),
)
REMEMBERED = 128
_FRESH, _TOKEN = "parts that are fresh", "csrf_token"
_MARK = re.compile("\x00([0-9]+)\x00")


class FreshNode(Node):
    """A part of a kept part that is rendered in each call."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        """Return the text, or while the text around it is made, a mark in its place."""
        places: list[Any] | None = context.get(_FRESH)
        return self.nodelist.render(context) if places is None else _mark(places, self)


class _FormToken:
    """The token of a form."""

    @staticmethod
    def render(context: Context) -> str:
        return str(context.get(_TOKEN, ""))


class KeptNode(Node):
    """A part that is kept."""

    def __init__(self, named: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.named, self.nodelist = named, nodelist
        self.texts: OrderedDict[Any, list[Any]] = OrderedDict()

    def render(self, context: Context) -> SafeString:
        known = {name: one.resolve(context, ignore_failures=True) for name, one in self.named.items()}  # fmt: skip
        app = getattr(getattr(context, "request", None), "current_app", None)
        key = (get_language(), get_urlconf(), app, *known.values())
        parts = self.texts.get(key)
        if parts is None:
            parts = self.texts[key] = self._parts(context, known)
            while len(self.texts) > REMEMBERED:
                self.texts.popitem(last=False)
        return SafeString(
            "".join([one if isinstance(one, str) else one.render(context) for one in parts])
        )

    def _parts(self, context: Context, known: dict[str, Any]) -> list[Any]:
        """Return the texts of this part and between them what is fresh."""
        places: list[Any] = []
        of_site = {name: context[name] for name in OF_SITE if name in context}
        named = {name: value for name, value in known.items() if value is not None}
        seen = {**of_site, **named, _FRESH: places, _TOKEN: _mark(places, _FormToken)}
        texts = _MARK.split(self.nodelist.render(context.new(seen)))
        return [places[int(one)] if at % 2 else one for at, one in enumerate(texts)]


def _mark(places: list[Any], part: Any) -> SafeString:
    places.append(part)
    return SafeString(f"\x00{len(places) - 1}\x00")


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """Keep what stands up to `endkept`. Named are variables by which it differs, or `name=expression`."""
    named = {}
    for one in token.split_contents()[1:]:
        name, _equals, said = one.partition("=")
        if not name.isidentifier():
            message = f"'kept' takes names and name=expression, not {one}"
            raise TemplateSyntaxError(message)
        named[name] = parser.compile_filter(said or name)
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(named, nodelist)


@register.tag
def fresh(parser: Parser, _token: Token) -> FreshNode:
    """Render what stands up to `endfresh` in each call."""
    nodelist = parser.parse(("endfresh",))
    parser.delete_first_token()
    return FreshNode(nodelist)
