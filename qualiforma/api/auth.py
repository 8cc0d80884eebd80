"""Who calls: the bearer token, its tenant compared with the header's."""

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from qualiforma import logs
from qualiforma.accounts.models import User
from qualiforma.accounts.tokens import InvalidTokenError, read_access_token
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
        user = User.objects.filter(
            pk=claims.user_id, token_generation=claims.generation, is_active=True
        ).first()
        if user is None:
            raise InvalidTokenError
        logs.bind(user_id=user.pk)
        return user, claims.scope

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
