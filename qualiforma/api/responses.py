"""Successful answers. The renderer wraps by the type of the response, never by its content."""

from typing import Any

from django.http import HttpResponse
from rest_framework.response import Response


class Enveloped(Response):
    """An answer whose envelope carries `meta` beside `data`."""

    def __init__(self, data: Any, *, meta: dict[str, Any], status: int = 200) -> None:
        super().__init__(data, status=status)
        self.meta = meta


class Bare(Response):
    """An answer without envelope: the action-plans family's."""


class Written(HttpResponse):
    """An answer as the database wrote it, envelope included."""

    def __init__(self, text: str, **more: Any) -> None:
        # As DRF's renderer writes these two, which end a line in old JavaScript.
        text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        super().__init__(text.encode(), content_type="application/json", **more)


class PdfFile(HttpResponse):
    """A PDF file to be saved under a name of ours: ASCII, no spaces."""

    def __init__(self, content: bytes, *, name: str) -> None:
        headers = {"Content-Disposition": f"attachment; filename={name}"}
        super().__init__(content, content_type="application/pdf", headers=headers)
