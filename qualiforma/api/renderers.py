"""The success envelope `{"data": …}` and JSON as the only language."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from qualiforma.api.responses import Bare, Enveloped


class EnvelopeRenderer(JSONRenderer):
    """JSON; a successful body is wrapped unless it is `Bare`, a problem body is left as it is."""

    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        response = (renderer_context or {}).get("response")
        if response is None or isinstance(response, Bare):
            return super().render(data, accepted_media_type, renderer_context)
        if not response.exception and data is not None:
            data = {"data": data}
            if isinstance(response, Enveloped):
                data["meta"] = response.meta
        return super().render(data, accepted_media_type, renderer_context)


class AlwaysJSON(BaseContentNegotiation):
    """Answer JSON whatever `Accept` says: a browser typing an address gets data, not a 406."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        kind = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
