"""Parts of a page that are the same for everybody are rendered once and kept as text.

`{% kept a b=cl.is_wide %} … {% fresh %}{{ user }}{% endfresh %} … {% endkept %}` is rendered once per language,
site and value of what it names. What stands in `fresh` is rendered in each call.

Inside, a template sees what the tag names and what the settings say of the site, `OF_SITE`; nothing else. What
belongs to a person, an organisation or a record cannot be kept by oversight: it is not there. The token of
forms is put in in each call.

`{% kept_for cl.shape cl %} … {% endkept_for %}` is kept per value of what it names first, the shape of a page
(`qualiforma.admin.rows.shape_of`), and sees what it names further. It is for what a page's class, the role and the
address make; where the shape is None, nothing is kept.
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
REMEMBERED = 256
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

    def __init__(
        self, named: dict[str, FilterExpression], nodelist: NodeList, shape: Any = None
    ) -> None:
        self.named, self.nodelist, self.shape = named, nodelist, shape
        self.texts: OrderedDict[Any, list[Any]] = OrderedDict()

    def render(self, context: Context) -> SafeString:
        if self.shape:
            depends: Any = self.shape.resolve(context, ignore_failures=True)
            if depends is None:
                return self.nodelist.render(context)
        else:
            depends = tuple(_known(self.named, context).values())
        app = getattr(getattr(context, "request", None), "current_app", None)
        key = (get_language(), get_urlconf(), app, depends)
        parts = self.texts.get(key)
        if parts is None:
            parts = self.texts[key] = self._parts(context, _known(self.named, context))
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


def _known(named: dict[str, FilterExpression], context: Context) -> dict[str, Any]:
    return {name: one.resolve(context, ignore_failures=True) for name, one in named.items()}


def _mark(places: list[Any], part: Any) -> SafeString:
    places.append(part)
    return SafeString(f"\x00{len(places) - 1}\x00")


def _named(parser: Parser, words: list[str]) -> dict[str, FilterExpression]:
    named = {}
    for one in words:
        name, _equals, said = one.partition("=")
        if not name.isidentifier():
            message = f"A part that is kept takes names and name=expression, not {one}"
            raise TemplateSyntaxError(message)
        named[name] = parser.compile_filter(said or name)
    return named


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """Keep what stands up to `endkept`. Named are variables by which it differs, or `name=expression`."""
    named = _named(parser, token.split_contents()[1:])
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(named, nodelist)


@register.tag
def kept_for(parser: Parser, token: Token) -> KeptNode:
    """Keep what stands up to `endkept_for` for each shape, which comes first; it sees what is named after it."""
    _tag, shape, *words = token.split_contents()
    named = _named(parser, words)
    nodelist = parser.parse(("endkept_for",))
    parser.delete_first_token()
    return KeptNode(named, nodelist, parser.compile_filter(shape))


@register.tag
def fresh(parser: Parser, _token: Token) -> FreshNode:
    """Render what stands up to `endfresh` in each call."""
    nodelist = parser.parse(("endfresh",))
    parser.delete_first_token()
    return FreshNode(nodelist)
