"""The middleware of calls under `/api/`: what every answer has, without what only pages need.

Not run for them: static files, sessions, messages, cookies, the policies of documents, which are the same text each time.
`tests/qualiforma/test_api_headers.py` compares the headers of each kind of call.
"""

import io
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

from corsheaders.middleware import CorsMiddleware
from csp.middleware import CSPMiddleware
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django_permissions_policy import PermissionsPolicyMiddleware

from qualiforma import sessionids
from qualiforma.api.headers import HeadersMiddleware
from qualiforma.api.middleware import ProblemMiddleware
from qualiforma.api.tenant_middleware import HEADER, is_tenantless

NextHandler = Callable[[HttpRequest], HttpResponseBase]
M = TypeVar("M")
# In the order in which the chain of pages names them.
VARY = ("Accept-Language", "origin", HEADER, "Authorization", sessionids.HEADER)
# Headers longer than that are read anew each time: nobody fills the memory with them.
LONGEST_LANGUAGE = 100


class ApiChainMiddleware:
    """Lead calls of the API from here to `ProblemMiddleware`; everything else goes the whole way.

    So do those of the API that are pages or public, and preflights.
    """

    def __init__(self, get_response: NextHandler) -> None:
        self._whole_way = get_response
        self._next, _problems = _find(get_response, ProblemMiddleware)
        _handler, self._cors = _find(get_response, CorsMiddleware)
        self._usual = {scheme: _usual_headers(scheme) for scheme in ("http", "https")}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path
        if not path.startswith("/api/") or request.method == "OPTIONS" or is_tenantless(path):
            return self._whole_way(request)
        language = _language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self._next(request)
        self._add_headers(request, response, language)
        return response

    def _add_headers(self, request: HttpRequest, response: HttpResponseBase, language: str) -> None:
        headers: dict[str, tuple[str, str]] = response.headers._store  # type: ignore[attr-defined]  # noqa: SLF001 - values that are known to be good
        is_of_page = "HTTP_ORIGIN" in request.META
        if is_of_page or "vary" in headers:
            patch_vary_headers(cast("HttpResponse", response), VARY)
        if is_of_page:
            self._cors.add_response_headers(request, response)
        headers.setdefault("content-language", ("Content-Language", language))
        for name, header in self._usual["https" if request.is_secure() else "http"]:
            headers.setdefault(name, header)


def _find(handler: Any, kind: type[M]) -> tuple[NextHandler, M]:
    """Return the handler of a middleware further in, and the middleware itself."""
    while handler is not None:
        middleware = getattr(handler, "__wrapped__", handler)  # as Django wraps each of them
        if isinstance(middleware, kind):
            return handler, middleware
        handler = getattr(middleware, "get_response", None)
    raise TypeError(f"No {kind.__name__} follows in MIDDLEWARE.")


def _usual_headers(scheme: str) -> list[tuple[str, tuple[str, str]]]:
    """Return what the middleware of pages adds to an answer that says nothing itself."""
    chain: Any = lambda _request: HttpResponse(headers={"Vary": ", ".join(VARY)})  # noqa: E731 - the innermost
    kinds: tuple[Any, ...] = (
        *(XFrameOptionsMiddleware, HeadersMiddleware, PermissionsPolicyMiddleware),
        *(CSPMiddleware, SecurityMiddleware),
    )
    for kind in kinds:
        chain = kind(chain)
    call = {"REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/", "wsgi.url_scheme": scheme}
    answer = chain(WSGIRequest({**call, "wsgi.input": io.BytesIO()}))
    return [
        (name.lower(), (name, value)) for name, value in answer.items() if name != "Content-Type"
    ]


def _language(accepted: str) -> str:
    return _read_language(accepted) if len(accepted) > LONGEST_LANGUAGE else _known(accepted)


def _read_language(accepted: str) -> str:
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return translation.get_language_from_request(request)


_known = lru_cache(256)(_read_language)
