"""The one place that decides for which tenant a request runs.

Source: api-conventions, "Tenancy". `/api/` goes by the `X-Tenant-ID` header, whatever the host.
"""

from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase

from qualiforma.api.problems import (
    DatabaseUnavailableError,
    TenantNotFoundError,
    TenantRequiredError,
    problem_response,
)
from qualiforma.tenants.context import active_tenant, leave_tenant, open_tenant
from qualiforma.tenants.models import Tenant

HEADER = "X-Tenant-ID"
# Pages of the API itself; they read no tenant's data.
TENANTLESS_PATHS = ("/api/v1/schema", "/api/v1/docs")


class TenantRequest(HttpRequest):
    """A request as views see it: with the tenant it runs for, if any."""

    tenant: Tenant | None
    request_id: str


class TenantMiddleware:
    """Open the tenant's schema for a request, or `public`, where no tenant's table exists.

    `public` is opened at the start of each request and not at the end of the one before: the body
    of a streamed answer is still being read then.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: TenantRequest) -> HttpResponseBase:
        leave_tenant()
        request.tenant = None
        if request.path.startswith("/api/") and not self._is_tenantless(request):
            slug = request.headers.get(HEADER, "")
            if not slug:
                return problem_response(request, TenantRequiredError())
            try:
                request.tenant = active_tenant(slug) if "\x00" not in slug else None
            except (OperationalError, InterfaceError):
                return problem_response(request, DatabaseUnavailableError())
            if request.tenant is None:
                return problem_response(request, TenantNotFoundError())
            open_tenant(request.tenant)
        return self.get_response(request)

    @staticmethod
    def _is_tenantless(request: HttpRequest) -> bool:
        preflight = (
            request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        )
        return preflight or request.path in TENANTLESS_PATHS
