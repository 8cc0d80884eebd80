"""How a caller is known: the bearer token, and the header that names the organisation."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

# A scheme, so that a client states it once, with its token; and a parameter of each operation
# (`headers.PARAMETERS`) for the generators and importers that drop a scheme beside another.
TENANT = "tenantHeader"
TENANT_SCHEME = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Tenant-ID",
    "description": "Nom court de l’organisme, par exemple `qualiforma-demo`. Requis à chaque "
    "appel, connexion comprise, sauf sous `/qualiopi/grids`.",
}
# What every call asks for; what anybody may call asks for nothing more.
EVERY_CALL: list[dict[str, list[Any]]] = [{TENANT: []}]
BEARER = "bearerAuth"
BEARER_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "Le jeton que rend `POST /auth/login`, valable une heure et dans un seul "
    "organisme. Vérifié selon RFC8725 : algorithme imposé (HS256), clé propre à cet usage.",
}


SESSION = "sessionId"
SESSION_SCHEME = {
    "type": "apiKey",
    "in": "header",
    "name": "SessionId",
    "description": "Ce que rend `POST /company/session`, pour les seuls appels sous `/company` : douze "
    "heures à compter du dernier appel, sept jours au plus. Il nomme son organisme, `X-Tenant-ID` est "
    "alors facultatif. Sans identifiant, ni jeton, ni cet en-tête : 401.",
}


class SessionScheme(OpenApiAuthenticationExtension):
    """Enough by itself: it names the organisation too."""

    target_class = "qualiforma.api.auth.SessionIdAuthentication"
    name = SESSION

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[Any]]:
        return {SESSION: []}

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return SESSION_SCHEME


class BearerScheme(OpenApiAuthenticationExtension):
    """Both are required: the token is worth something in its own organisation only."""

    target_class = "qualiforma.api.auth.BearerAuthentication"
    name = BEARER

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[Any]]:
        return {BEARER: [], TENANT: []}

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return BEARER_SCHEME
