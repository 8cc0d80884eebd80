"""Who may keep an answer, and which pages may embed it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from qualiforma import sessionids
from qualiforma.api.tenant_middleware import HEADER, is_tenantless


class HeadersMiddleware:
    """Answers are not cacheable unless a view says so: a shared cache must never hold a personal answer.

    Source: assurance, section 1, class 6 (a cache kept people's pages and showed them to others).
    What is the same for every tenant may be kept and asked about.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Without a value of ours the web server would name itself.
        response.headers["Server"] = ""
        response.headers["X-Permitted-Cross-Domain-Policies"] = "none"
        is_public = is_tenantless(request.path)
        response.headers.setdefault("Cache-Control", "no-cache" if is_public else "no-store")
        if request.path.startswith(("/api/", "/platform/")) and not is_public:
            patch_vary_headers(response, (HEADER, "Authorization", sessionids.HEADER))
        return response
