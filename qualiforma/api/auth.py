"""Who calls: the bearer token or the SessionId, its tenant compared with the one that is open."""

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from qualiforma import logs, sessionids
from qualiforma.accounts.models import CompanySession, User
from qualiforma.accounts.services import find_company_session
from qualiforma.accounts.tokens import InvalidTokenError, read_access_token
from qualiforma.api.callers import caller_of
from qualiforma.api.problems import TenantMismatchError
from qualiforma.tenants.context import current_scope


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`.

    The header that chose the tenant is the caller's word; the token is ours. Only where both name
    the same tenant is the user looked up, in that tenant's schema.
    """

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        claims = read_access_token(token.strip().decode("ascii", "replace"))
        if claims.scope != current_scope():
            raise TenantMismatchError
        user = caller_of(claims, getattr(request, "caller", None))
        if user is None:
            raise InvalidTokenError
        logs.bind(user_id=user.pk)
        return user, claims.scope

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionIdAuthentication(BaseAuthentication):
    """`SessionId: …`, of the action-plans family alone. Beside a bearer token it is the one that counts.

    What opened the tenant was the caller's word, in the header or in the id: only a session found
    in there makes somebody known.
    """

    def authenticate(self, request: Request) -> tuple[User, CompanySession] | None:
        session_id = request.headers.get(sessionids.HEADER, "")
        if not session_id:
            return None
        scope = sessionids.tenant_named(session_id)
        if scope is None:
            raise InvalidTokenError
        if scope != current_scope():
            raise TenantMismatchError
        session = find_company_session(session_id=session_id)
        if session is None:
            raise InvalidTokenError
        logs.bind(user_id=session.user_id)
        return session.user, session

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
