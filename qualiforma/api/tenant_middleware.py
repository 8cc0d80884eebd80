"""The one place that decides for which tenant a request runs.

Source: api-conventions, "Tenancy". `/api/` goes by the `X-Tenant-ID` header, whatever the host, or
by a `SessionId`, where that is taken, which names its tenant; `/links/` by what the link signs;
`/calendar/` by what its token names;
`/platform/` is the platform's own staff's; `/admin/` goes by the host's name, whatever the header:
browsers send none. So does `/reclamation`, the form that needs no account.
"""

from collections.abc import Callable

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import split_domain_port

from qualiforma import sessionids
from qualiforma.accounts.models import User
from qualiforma.accounts.tokens import InvalidTokenError
from qualiforma.api.address import client_address
from qualiforma.api.callers import caller_named
from qualiforma.api.errors import as_rule_error
from qualiforma.api.problems import (
    NotAuthenticatedError,
    TenantNotFoundError,
    TenantRequiredError,
    problem_response,
)
from qualiforma.api.rates import rates
from qualiforma.calendar_tokens import tenant_named as tenant_of_calendar
from qualiforma.errors import RuleError, TooManyError
from qualiforma.links import TENANT as LINK_SCOPE
from qualiforma.links import DeadLinkError, read_token
from qualiforma.lookups import JoinedLookUp
from qualiforma.outages import outage_of
from qualiforma.tenants.context import (
    active_tenant,
    enter_tenant,
    leave_tenant,
    open_platform,
    open_scope,
    open_tenant,
    tenant_by_id,
    tenant_of_host,
)
from qualiforma.tenants.models import Tenant, TenantStatus

HEADER = "X-Tenant-ID"
HEADER_IN_META = (
    "HTTP_X_TENANT_ID"  # read at each call, where nothing else asks for `request.headers`
)
# The same for everybody; they read no tenant's data.
TENANTLESS_PATHS = ("/api/v1/schema", "/api/v1/docs", "/api/v1/qualiopi/grids")
TENANTLESS_PREFIX = "/api/v1/qualiopi/grids/"


def is_tenantless(path: str) -> bool:
    """Say whether an API path needs no tenant."""
    return path in TENANTLESS_PATHS or path.startswith(TENANTLESS_PREFIX)


class TenantRequest(HttpRequest):
    """A request as views see it: with the tenant it runs for, if any."""

    tenant: Tenant | None
    # Looked up while the tenant's schema is opened (`qualiforma.api.auth`).
    caller: JoinedLookUp[User] | None
    request_id: str
    link_is_alive: bool


class TenantMiddleware:
    """Open the tenant's schema for a request, or `public`, where no tenant's table exists.

    `public` is opened at the start of each request and not at the end of the one before: the body
    of a streamed answer is still being read then.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: TenantRequest) -> HttpResponseBase:
        leave_tenant()
        request.tenant = request.caller = None
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            # A preflight of an origin that may not call: no header says it may.
            return HttpResponse(status=204)
        try:
            refusal = self._open(request)
        except Error as error:
            if outage_of(error) is None:
                raise
            refusal = as_rule_error(error)
        if isinstance(refusal, TenantNotFoundError | InvalidTokenError):
            return self._refuse_unknown(request, refusal)
        return problem_response(request, refusal) if refusal else self.get_response(request)

    @staticmethod
    def _refuse_unknown(request: TenantRequest, refusal: RuleError) -> HttpResponseBase:
        """Refuse who names no organisation of ours, counted to where the call comes from."""
        allowance = rates.count(f"unknown:{client_address(request)}", settings.RATE_LIMIT)
        if allowance.is_exceeded:
            refusal = TooManyError(allowance.reset)
        response = problem_response(request, refusal)
        for name, value in allowance.headers().items():
            response[name] = value
        return response

    def _open(self, request: TenantRequest) -> RuleError | None:
        """Open what the path asks for; return why that cannot be."""
        _, door, *rest = request.path.split("/")
        if door == "api" and not is_tenantless(request.path):
            if self._is_named_by_session(request):
                return self._open_by_session(request)
            return self._open_by_header(request)
        if door == "admin":
            return self._open_by_host(request)
        if door == "reclamation":
            return self._open_public_form(request)
        if door == "platform":
            open_platform()
        elif door == "links":
            request.link_is_alive = len(rest) == 2 and self._open_by_link(*rest)
        elif door == "calendar":
            self._open_by_calendar(request, rest[0].removesuffix(".ics") if rest else "")
        return None

    @staticmethod
    def _open_by_header(request: TenantRequest) -> RuleError | None:
        slug = request.META.get(HEADER_IN_META, "")
        if not slug:
            is_unknown = sessionids.names_its_tenant(request.method or "", request.path) and not (
                request.headers.get("Authorization") or request.headers.get(sessionids.HEADER)
            )
            # There a session is enough: who shows none is asked for one, not for a header.
            return NotAuthenticatedError() if is_unknown else TenantRequiredError()
        found = active_tenant(slug) if "\x00" not in slug else None
        if found is not None:
            token = request.META.get("HTTP_AUTHORIZATION", "")
            request.caller = caller_named(token, found.pk, found.schema_name)
        return None if _enter(request, found) else TenantNotFoundError()

    @staticmethod
    def _is_named_by_session(request: HttpRequest) -> bool:
        """Without the header only: beside it, the session is compared with what it opened.

        Generated clients send an empty header for a value that they were not given.
        """
        return (
            not request.META.get(HEADER_IN_META)
            and bool(request.headers.get(sessionids.HEADER))
            and sessionids.names_its_tenant(request.method or "", request.path)
        )

    @staticmethod
    def _open_by_session(request: TenantRequest) -> RuleError | None:
        """Open the tenant that the caller's SessionId claims; the claim proves nothing yet.

        Every view behind it looks for the session in there and refuses without one, hence a
        tenant that does not exist or is suspended is refused in the same words.
        """
        tenant_id = sessionids.tenant_named(request.headers[sessionids.HEADER])
        found = tenant_by_id(tenant_id) if tenant_id else None
        return None if _enter(request, found) else InvalidTokenError()

    @staticmethod
    def _open_by_host(request: TenantRequest) -> RuleError | None:
        host = split_domain_port(request.get_host())[0]
        if host in settings.PLATFORM_HOSTS:
            open_platform()
            request.urlconf = "qualiforma.platform_urls"
            return None
        return None if _enter(request, tenant_of_host(host)) else TenantNotFoundError()

    @staticmethod
    def _open_public_form(request: TenantRequest) -> RuleError | None:
        """Open the tenant whose own host was called; no other host has such a form."""
        found = tenant_of_host(split_domain_port(request.get_host())[0])
        return None if _enter(request, found) else TenantNotFoundError()

    @staticmethod
    def _open_by_link(purpose: str, token: str) -> bool:
        """Open what the token signs. How old it may be is the page's business."""
        try:
            return open_scope(str(read_token(purpose, token)[LINK_SCOPE]))
        except DeadLinkError:
            return False

    @staticmethod
    def _open_by_calendar(request: TenantRequest, token: str) -> None:
        """Open the tenant that a calendar's token claims; the claim proves nothing yet.

        Where there is none, the platform's schema, which has the same tables and no calendar: the
        view looks there with the same statement, and nobody can tell which tenants exist.
        """
        request.tenant = Tenant.objects.filter(
            pk=tenant_of_calendar(token), status=TenantStatus.ACTIVE
        ).first()
        if request.tenant is None:
            open_platform()
        else:
            open_tenant(request.tenant)


def _enter(request: TenantRequest, tenant: Tenant | None) -> bool:
    """Open the tenant that was found for a request, if it still is active."""
    is_open = tenant is not None and enter_tenant(tenant, request.caller)
    request.tenant = tenant if is_open else None
    return request.tenant is not None
