"""Headers that calls and answers carry, each described once."""

from typing import Any

Schema = dict[str, Any]

_COUNT = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 1_000_000_000}

HEADERS: dict[str, Schema] = {
    "X-Request-ID": {
        "description": "Identifiant de la requête : celui de l’appelant (64 lettres, chiffres, "
        "`.`, `_` ou `-` au plus), sinon un nouveau.",
        "required": True,
        "schema": {"type": "string", "maxLength": 64, "pattern": "^[A-Za-z0-9._-]+$"},
        "example": "req_66f0c1a28f3b21d4e5f60718",
    },
    "Access-Control-Allow-Origin": {
        "description": "L’origine d’où un navigateur appelle, si elle est admise.",
        "schema": {"type": "string", "maxLength": 255, "pattern": "^(\\*|https?://[^ ]+)$"},
        "example": "https://intranet.exemple.fr",
    },
    "RateLimit-Limit": {
        "description": "Appels admis par minute. Comme les deux suivants, absent d’une réponse donnée "
        "avant que l’appelant soit connu : organisme inconnu, corps trop long.",
        "schema": _COUNT,
        "example": 600,
    },
    "RateLimit-Remaining": {
        "description": "Appels encore admis dans la minute en cours.",
        "schema": _COUNT,
        "example": 599,
    },
    "RateLimit-Reset": {
        "description": "Secondes jusqu’à la prochaine minute.",
        "schema": _COUNT,
        "example": 42,
    },
    "Retry-After": {
        "description": "Secondes à attendre avant un nouvel essai.",
        "schema": {**_COUNT, "minimum": 1},
        "example": 5,
    },
    "WWW-Authenticate": {
        "description": "Le schéma d’authentification attendu.",
        "required": True,
        "schema": {"type": "string", "const": "Bearer"},
        "example": "Bearer",
    },
    "ETag": {
        "description": "Version de la ressource, à rendre dans `If-Match`.",
        "required": True,
        "schema": {"type": "string", "maxLength": 16, "pattern": '^"[0-9]+"$'},
        "example": '"3"',
    },
    "ContentTag": {
        "description": "Empreinte du contenu, à rendre dans `If-None-Match`.",
        "required": True,
        "schema": {"type": "string", "maxLength": 66, "pattern": '^"[0-9a-f]+"$'},
        "example": '"5f0c1a28f3b21d4e"',
    },
    "Cache-Control": {
        "description": "Combien de secondes un cache peut garder la réponse.",
        "required": True,
        "schema": {"type": "string", "maxLength": 64, "pattern": "^public, max-age=[0-9]+$"},
        "example": "public, max-age=3600",
    },
}
ALWAYS = ("X-Request-ID", "Access-Control-Allow-Origin")
COUNTED = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")

_TAG = '(W/)?"[!#-~]*"'
PARAMETERS: dict[str, Schema] = {
    "X-Tenant-ID": {
        "name": "X-Tenant-ID",
        "in": "header",
        # The scheme says that it is required. Said here too, a client could not state it once.
        "required": False,
        "description": "Nom court de l’organisme. À donner ici à chaque appel, ou une fois pour toutes "
        "par le schéma de sécurité `tenantHeader`.",
        "schema": {
            "type": "string",
            "maxLength": 63,
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        },
        "example": "qualiforma-demo",
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "Les versions (`ETag`) que l’appelant accepte de changer ; sans cet "
        "en-tête, la dernière écriture l’emporte.",
        "schema": {
            "type": "string",
            "maxLength": 1024,
            "pattern": f"^(\\*|{_TAG}( *, *{_TAG})*)$",
        },
        "example": '"3"',
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Une clé au choix de l’appelant : le même appel répété avec elle pendant "
        "sept jours a un seul effet et reçoit la première réponse.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "example": "9c1f2e7a-5d0b-4d0c-8a53-3c9d7f0a4b11",
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "L’`ETag` de ce que l’appelant a gardé : 304 si rien n’a changé.",
        "schema": {
            "type": "string",
            "maxLength": 1024,
            "pattern": f"^(\\*|{_TAG}( *, *{_TAG})*)$",
        },
        "example": '"5f0c1a28f3b21d4e"',
    },
}


def headers_of(
    status: int, *, tagged: bool = False, retried: bool = False, cached: bool = False
) -> dict[str, Schema]:
    """Return the headers of an answer, as references to the components that describe them."""
    names = [*ALWAYS]
    if status < 500:
        names += COUNTED
    if status == 401:
        names.append("WWW-Authenticate")
    if status in {429, 503} or retried:
        names.append("Retry-After")
    if tagged:
        names.append("ETag")
    components = {name: name for name in names}
    if cached:
        components |= {"ETag": "ContentTag", "Cache-Control": "Cache-Control"}
    return {name: {"$ref": f"#/components/headers/{one}"} for name, one in components.items()}
