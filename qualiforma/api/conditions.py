"""The headers of careful callers: `If-Match` and `Idempotency-Key`."""

import json
import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.api.renderers import EnvelopeRenderer
from qualiforma.api.responses import Written
from qualiforma.idempotency.services import Answer, digest, run_once
from qualiforma.uploads import digest_of

Handler = Callable[..., HttpResponseBase]
Body = dict[str, Any]
_ENTITY_TAG = re.compile(r'\s*((?:W/)?)"([\x21\x23-\x7e]*)"\s*')
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def etag(version: int) -> str:
    """Return the strong entity tag of a version."""
    return f'"{version}"'


def expected_versions(request: Request) -> frozenset[int] | None:
    """Return the versions that `If-Match` accepts; None without the header and for `*`.

    A tag that none of ours can be (weak, text) accepts nothing. Errors: 400 for a malformed one.
    """
    tags = entity_tags(request, "If-Match")
    if tags is None:
        return None
    versions = (tag for is_weak, tag in tags if not is_weak)
    return frozenset(int(one) for one in versions if re.fullmatch(r"[0-9]{1,9}", one, re.ASCII))


def entity_tags(request: Request, header: str) -> list[tuple[bool, str]] | None:
    """Return whether each tag of a header is weak, and its text; None without the header and for `*`.

    Errors: 400 naming the header where it is malformed.
    """
    value = request.headers.get(header, "*").strip()
    if value == "*":
        return None
    tags = [_ENTITY_TAG.fullmatch(part) for part in value.split(",")]
    if None in tags:
        detail = _('Une liste d’ETags entre guillemets est attendue, par exemple "3".')
        raise ValidationError({header: [ErrorDetail(detail, code="invalid")]})
    return [(bool(tag[1]), tag[2]) for tag in tags if tag is not None]


def make_idempotent(
    request: Request,
    handler: Handler,
    *,
    excluded_fields: Collection[str],
    rehydrate: Callable[[Body], Body],
) -> Handler:
    """Return a handler that answers a keyed POST once; without a key the handler itself.

    Names in `excluded_fields` are in no kept answer; `rehydrate` returns them anew, given what is kept.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return handler
    if not _KEY.fullmatch(key):
        detail = _("1 à 255 caractères ASCII imprimables sans espace sont attendus.")
        raise ValidationError({"Idempotency-Key": [ErrorDetail(detail, code="invalid")]})

    def idempotent_handler(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # A kept answer spares the write, not the reading of what was sent.
        expected_versions(request)
        scope = digest(str(request.user.pk), request.method or "", request.path, key)
        answer = run_once(
            key=scope,
            body=_what_was_sent(request),
            run=lambda: _as_answer(handler(request, *args, **kwargs), excluded_fields),
        )
        if excluded_fields and answer.content:
            whole = json.loads(answer.content)
            whole["data"] |= rehydrate(whole["data"])
            answer = replace(answer, content=EnvelopeRenderer().render(whole).decode())
        headers = {"ETag": answer.etag} if answer.etag else {}
        kind = "application/json" if answer.content else None
        return HttpResponse(answer.content, kind, answer.status, headers=headers)

    return idempotent_handler


def _what_was_sent(request: Request) -> bytes:
    """Return the bytes that identify a body: the body itself, or a form's values and its files' digests."""
    if not (request.content_type or "").startswith("multipart/"):
        return request.body
    parts = {}
    for name, value in dict(request.data).items():
        is_file = isinstance(value, UploadedFile)
        parts[name] = [value.name, digest_of(value.file)] if is_file else value
    return json.dumps(parts, sort_keys=True).encode()


def _as_answer(response: HttpResponseBase, excluded_fields: Collection[str]) -> Answer:
    content = b""
    if isinstance(response, Response) and response.data is not None:
        for name in excluded_fields:
            response.data.pop(name, None)
        content = EnvelopeRenderer().render(response.data, None, {"response": response})
    elif isinstance(response, Written):
        content = response.content
    return Answer(response.status_code, content.decode(), response.headers.get("ETag", ""))
