"""Babel's way into Django's templates: Babel reads Python alone, the system's gettext is not there."""

import ast
import re
from collections.abc import Iterator
from typing import IO, Any, cast

# `templatize` turns a template's texts into calls and everything else into X.
_CALL = re.compile(
    r"\b(n?gettext|pgettext)(\((?:[^()\"']|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')*\))"
)


def extract_django(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, str | tuple[str, ...], list[str]]]:
    """Yield (line, function, text or texts, comments) for each translatable text of a template."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure()
    source = templatize(file.read().decode())
    for call in _CALL.finditer(source):
        parsed = cast("ast.Call", ast.parse(call[1] + call[2], mode="eval").body)
        texts = tuple(str(one.value) for one in parsed.args if isinstance(one, ast.Constant))
        line = source.count("\n", 0, call.start()) + 1
        yield line, call[1], texts if len(texts) > 1 else texts[0], []
