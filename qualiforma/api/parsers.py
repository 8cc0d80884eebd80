"""JSON as the API reads it: UTF-8, whole, each key once, no deeper than sense."""

import codecs
import json
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import (
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.utils.json import strict_constant


class StrictJSONParser(BaseParser):
    """Refuses what DRF's own parser guesses at: other charsets, cut bodies, repeated keys."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body: bytes = stream.read()
        request = (parser_context or {})["request"]
        if len(body) != int(request.META.get("CONTENT_LENGTH") or 0):
            raise ParseError  # the connection broke: half a request must have no effect
        try:
            text = body.removeprefix(codecs.BOM_UTF8).decode()
            return json.loads(text, parse_constant=strict_constant, object_pairs_hook=_unique)
        except (ValueError, RecursionError) as error:
            raise ParseError from error


class FormParser(MultiPartParser):
    """A form with files, each field once."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            form = super().parse(stream, media_type, parser_context)
        except TooManyFilesSent as error:
            # Nobody knows by then which names came; every form of ours has its file in this one.
            detail = ErrorDetail(_("Un seul fichier à la fois est attendu."), code="repeated")
            raise ValidationError({"file": [detail]}) from error
        except (TooManyFieldsSent, RequestDataTooBig) as error:
            raise ParseError from error
        found: dict[str, Any] = {}
        for part in (form.data, form.files):
            for name, values in part.lists():
                if len(values) > 1 or name in found:
                    detail = ErrorDetail(_("Champ répété."), code="repeated")
                    raise ValidationError({str(name): [detail]})
                found[str(name)] = values[0]
        return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Errors: 400 naming a key that appears twice: the intended value is unknown."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            shown = name.encode("utf-8", "replace").decode()[:100]
            raise ValidationError({shown: [ErrorDetail(_("Champ répété."), code="repeated")]})
        found[name] = value
    return found
