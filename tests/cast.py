"""The cast. Alice administers acme; Bob is a plain member of it; Charlie administers globex.

Mona, Tom and Audrey hold acme's other roles. Each logs in for real, once per run.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.contrib.auth.hashers import Argon2PasswordHasher
from rest_framework.test import APIClient

from qualiforma.accounts.roles import Role
from tests.handlers import shared

PASSWORD = "correct-horse-battery"


@dataclass(frozen=True)
class Person:
    id: str
    email: str
    name: str
    role: Role
    tenant: str


ALICE = Person("usr_alice", "alice@acme.fr", "Alice Durand", Role.ADMIN, "acme")
MONA = Person("usr_mona", "mona@acme.fr", "Mona Petit", Role.MANAGER, "acme")
TOM = Person("usr_tom", "tom@acme.fr", "Tom Leroy", Role.TRAINER, "acme")
BOB = Person("usr_bob", "bob@acme.fr", "Bob Roux", Role.LEARNER, "acme")
AUDREY = Person("usr_audrey", "audrey@acme.fr", "Audrey Blanc", Role.AUDITOR, "acme")
CHARLIE = Person("usr_charlie", "charlie@globex.fr", "Charlie Noir", Role.ADMIN, "globex")
# The same id and role in the other tenant: only the tenant tells her from Alice.
TWIN = Person("usr_alice", "alice@globex.fr", "Alice Sosie", Role.ADMIN, "globex")
EVERYBODY = (ALICE, MONA, TOM, BOB, AUDREY, CHARLIE, TWIN)


@contextmanager
def cheap_passwords():
    """Argon2 itself, at its least: at its usual price, a fifth of a second, each log-in would pay it."""
    with mock.patch.multiple(Argon2PasswordHasher, time_cost=1, memory_cost=8, parallelism=1):
        yield


class Client(APIClient):
    """Speaks to the API as one person, to one tenant, in French unless told otherwise."""

    def __init__(self, tenant: str | None, token: str | None = None, language: str = "fr") -> None:
        super().__init__(raise_request_exception=False)
        self.handler = shared(self.handler)
        headers: dict[str, Any] = {"HTTP_ACCEPT_LANGUAGE": language}
        if tenant:
            headers["HTTP_X_TENANT_ID"] = tenant
        if token:
            headers["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        self.credentials(**headers)
        self.token = token

    def in_tenant(self, slug: str) -> "Client":
        return Client(slug, self.token)
