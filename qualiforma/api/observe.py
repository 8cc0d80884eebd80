"""One log line and one measurement per request, and `/metrics`, which shows the latter.

Neither holds a path, a query or a body: a path may be a signed link, and metrics named by what
callers send would grow without end. The route's pattern and the ids in it tell as much.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from qualiforma import metrics
from qualiforma.api.problems import (
    DatabaseUnavailableError,
    NotAuthenticatedError,
    TimedOutError,
    problem_response,
)
from qualiforma.errors import MissingError
from qualiforma.jobs.metrics import queue_metrics
from qualiforma.runtime.putoff import PUT_OFF, PutOff
from qualiforma.tenants.metrics import node_metrics

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS = SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE"}
DATABASE_CODES = frozenset({DatabaseUnavailableError.code, TimedOutError.code})
_ID = re.compile(r"<id:(\w+)>")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Route:
    """What a request asked for, in our words: a name, the pattern, the ids in its place holders."""

    name: str
    pattern: str = ""
    ids: dict[str, str] = field(default_factory=dict)


class ObserveMiddleware:
    """Say what each request was and how it ended; tenant and user stand in the log's context."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        with metrics.in_progress.track_inprogress() if settings.METRICS else nullcontext():
            response = self.get_response(request)
        put_off: PutOff | None = request.META.get(PUT_OFF)
        if put_off is not None:
            if put_off.is_asked:  # it is run again, and told of when it has ended
                return response
            started -= put_off.seconds_waited
        seconds = time.perf_counter() - started
        route = route_of(request)
        method = str(request.method) if request.method in METHODS else "OTHER"
        code = getattr(response, "problem_code", "")
        self._log(route, method, response.status_code, seconds, code)
        if settings.METRICS:
            metrics.count_request(
                method=method, route=route.name, status=response.status_code, seconds=seconds
            )
            if code in DATABASE_CODES:
                metrics.count_database_error(code)
        return response

    @staticmethod
    def _log(route: Route, method: str, status: int, seconds: float, code: str) -> None:
        said = {
            "method": method,
            "route": route.pattern or route.name,
            "ids": route.ids,
            "status": status,
            "duration_ms": round(seconds * 1000, 1),
            "code": code,
        }
        extra = {name: value for name, value in said.items() if value != "" and value != {}}
        logger.log(logging.ERROR if status >= 500 else logging.INFO, "request", extra=extra)


def show_metrics(request: HttpRequest) -> HttpResponseBase:
    """Answer Prometheus, where that is switched on and the token, if one is set, is right."""
    if not settings.METRICS:
        return problem_response(request, MissingError())
    wanted, given = f"Bearer {settings.METRICS_TOKEN}", request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and not secrets.compare_digest(given.encode(), wanted.encode()):
        return problem_response(request, NotAuthenticatedError())
    body = metrics.exposition(settings.METRICS_FOLDER, database=[*queue_metrics(), *node_metrics()])
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def route_of(request: HttpRequest) -> Route:
    """Return the route, of a request that was refused before it was resolved too."""
    if request.path_info.startswith(settings.STATIC_URL):
        return Route("static")
    try:
        match = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return Route("unknown")
    if not match.url_name:
        return Route("unknown")
    ids = {name: str(match.kwargs[name]) for name in _ID.findall(match.route)}
    return Route(match.view_name, f"/{match.route}", ids)
