"""Sessions, users and messages, under `/admin/` alone: nothing else of us reads a cookie's session."""

from typing import TYPE_CHECKING, cast

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from qualiforma.audit.doors import Door, through
from qualiforma.browsers import STAFF_POLICY
from qualiforma.staff.sessions import user_of_session

if TYPE_CHECKING:
    _Base = MiddlewareMixin
else:
    _Base = object

PREFIX = "/admin/"


class UnderAdmin(_Base):
    """Wraps only requests whose path lies under `/admin/`."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return cast("HttpResponseBase", self.get_response(request))  # WSGI: never a coroutine
        return cast("HttpResponseBase", super().__call__(request))  # likewise


class StaffSessionMiddleware(UnderAdmin, SessionMiddleware):
    """Reads and saves the session, inside of the tenant's schema; states the pages' policy.

    What is changed from here on came in through the administration.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return super().__call__(request)
        with through(Door.ADMIN):
            return super().__call__(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        # What django-csp's decorator sets.
        setattr(response, "_csp_update", STAFF_POLICY)  # noqa: B010 - not declared
        return super().process_response(request, response)


class StaffUserMiddleware(UnderAdmin, AuthenticationMiddleware):
    """Puts the person on the request, looked up where a view asks."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: user_of_session(request))  # type: ignore[assignment]  # as Django's own

    def process_view(self, *args: object) -> None:
        """Each view of the site declares whom it lets in."""


class StaffMessageMiddleware(UnderAdmin, MessageMiddleware):
    """Keeps what the next page has to say, in the session."""
