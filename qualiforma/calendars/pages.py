"""The address that calendar programs fetch: `/calendar/<token>.ics`."""

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from qualiforma.api.address import client_address
from qualiforma.api.problems import problem_response
from qualiforma.api.rates import Allowance, rates
from qualiforma.calendars.services import calendar_of, feed_of_token
from qualiforma.errors import MissingError, RuleError, TooManyError

CACHE = "private, max-age=300"


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer the calendar. A dead token is answered as one that never was.

    Counted by feed, so that programs that fetch for many from one address are not held up; a dead
    one by where it is asked from. The tenancy middleware has opened the tenant that it names.
    """
    feed = feed_of_token(token)
    text = calendar_of(feed) if feed else None
    if feed is None or text is None:
        allowance = rates.count(f"calendar:{client_address(request)}", settings.RATE_LIMIT)
        return _refusal(request, MissingError(), allowance)
    allowance = rates.count(f"calendar:{feed.pk}", settings.RATE_LIMIT)
    if allowance.is_exceeded:
        return _refusal(request, MissingError(), allowance)
    tag = f'"{hashlib.sha256(text).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": CACHE, **allowance.headers()}
    answer = HttpResponse(text, "text/calendar; charset=utf-8", headers=headers)
    answer["Content-Disposition"] = 'inline; filename="qualiforma.ics"'
    return get_conditional_response(request, tag, response=answer) or answer


def _refusal(request: HttpRequest, refusal: RuleError, allowance: Allowance) -> HttpResponseBase:
    if allowance.is_exceeded:
        refusal = TooManyError(allowance.reset)
    answer = problem_response(request, refusal)
    for name, value in allowance.headers().items():
        answer[name] = value
    return answer
