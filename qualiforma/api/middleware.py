"""What wraps every request: its id, its size, and problem bodies where no view was reached."""

import logging
import re
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from qualiforma import logs
from qualiforma.api.errors import as_rule_error
from qualiforma.api.problems import (
    BodyTooLargeError,
    BusyError,
    InternalError,
    LengthRequiredError,
    MalformedRequestError,
    OverloadedError,
    problem_response,
)
from qualiforma.body_limits import body_limit
from qualiforma.errors import RuleError
from qualiforma.ids import new_id
from qualiforma.runtime.front import REFUSED
from qualiforma.typography import join_signs_in_page

NextHandler = Callable[[HttpRequest], HttpResponseBase]
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

# Probes come by address, with any Host or none.
PROBED_BY_ADDRESS = frozenset({"/healthz", "/readyz", "/metrics"})

# What a call is refused with that reached no worker, or whose worker has ended.
REFUSALS = (BusyError, OverloadedError, InternalError)

logger = logging.getLogger(__name__)


class RequestIdMiddleware:
    """Give each request an id: the caller's `X-Request-ID` when it is harmless, else a new one."""

    def __init__(self, get_response: NextHandler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _ACCEPTABLE.fullmatch(given) else new_id("req")
        request.request_id = request_id  # type: ignore[attr-defined]  # ours, read by problem bodies
        logs.begin(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class LanguageMiddleware(LocaleMiddleware):
    """The language a person chose, by cookie, on pages; by `Accept-Language` alone in the API."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path.startswith(("/api/", "/platform/")):
            request.COOKIES.pop(settings.LANGUAGE_COOKIE_NAME, None)
        super().process_request(request)


class FrenchPagesMiddleware:
    """Keeps signs with their words in pages for people, where they are French; the API's are none."""

    def __init__(self, get_response: NextHandler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if isinstance(answer, HttpResponse) and not request.path.startswith("/api/"):
            join_signs_once(answer)
        return answer


def join_signs_once(answer: HttpResponse) -> None:
    """Keep signs with their words in a French page, where that has not been done."""
    is_page = answer.get("Content-Type", "").startswith("text/html")
    if not is_page or translation.get_language() != "fr" or hasattr(answer, "has_joined_signs"):
        return
    answer.content = join_signs_in_page(answer.content.decode()).encode()
    if "Content-Length" in answer:
        answer["Content-Length"] = str(len(answer.content))
    vars(answer)["has_joined_signs"] = True


class LengthMiddleware(CommonMiddleware):
    """Say how long an answer is. Django's own refuses probes, too, for a host that is not served."""

    def process_request(self, request: HttpRequest) -> None:
        """Redirect nothing: nothing here wants it."""


class ProblemMiddleware:
    """Refuse what no view should see, and answer faults outside of DRF with a problem body."""

    def __init__(self, get_response: NextHandler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        refusal = self._refusal(request)
        return problem_response(request, refusal) if refusal else self.get_response(request)

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponseBase:
        error = as_rule_error(exc)
        if isinstance(error, InternalError):
            logger.error("Unhandled fault", exc_info=exc)
        return problem_response(request, error)

    @staticmethod
    def _refusal(request: HttpRequest) -> RuleError | None:
        try:
            if request.path not in PROBED_BY_ADDRESS:
                request.get_host()
        except DisallowedHost:
            return MalformedRequestError()
        if code := request.META.get(REFUSED):
            return next(one() for one in REFUSALS if one.code == code)
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            # WSGI hands over bodies of announced length only; silence would lose the body.
            return LengthRequiredError()
        length = request.META.get("CONTENT_LENGTH") or "0"
        # Half a request must have no effect: `body_is_whole` is the server's word.
        is_whole = request.META.get("qualiforma.body_is_whole", True)
        if not length.isascii() or not length.isdigit() or not is_whole:
            return MalformedRequestError()
        most = body_limit(request.path)
        return BodyTooLargeError(max_bytes=most) if int(length) > most else None
