"""Whom a request is about, and how texts name them."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection

from qualiforma.accounts.models import User
from qualiforma.errors import MissingError
from qualiforma.names import ADDRESS, WORD, folded, spelt_out, surnames_of, words_of
from qualiforma.personal_data_registry import registered

# What an erasure leaves: a name that begins so, an address of a domain that is nobody's for good.
ERASED_NAME, ERASED_DOMAIN = "Personne effacée ", "@efface.invalid"
# Everything that a user was called, by the trail.
_CALLED = """
SELECT DISTINCT one.value ->> 1 FROM audit_event, jsonb_each(clear) AS one
WHERE object_type = 'user' AND object_id = %(id)s
    AND one.key IN ('before.name', 'after.name', 'before.email', 'after.email')
    OR actor = %(id)s AND one.key = 'actor'
"""


@dataclass(frozen=True)
class Person:
    """A user, or somebody who is known by an address alone. `user_id` is empty for the latter."""

    user_id: str
    names: frozenset[str]
    addresses: frozenset[str]

    @cached_property
    def token(self) -> str:
        """What stands for them afterwards: the same for the same person, and tells of nobody."""
        source = self.user_id or "\n".join(sorted(self.addresses or self.names))
        return hashlib.sha256(source.encode()).hexdigest()[:10]

    @property
    def name(self) -> str:
        """What they are called afterwards."""
        return ERASED_NAME + self.token.upper()

    @property
    def address(self) -> str:
        """Their address afterwards: nobody's."""
        return f"efface-{self.token}{ERASED_DOMAIN}"

    def is_in(self, value: Any, *, own: bool = False) -> bool:
        """Say whether a text, or one within a list or an object, names them; `own` as below."""
        return bool(self.replaced(value, own=own) != value)

    def replaced(self, value: Any, *, own: bool = False) -> Any:
        """Return a value without whatever names them.

        In texts of anybody it is a whole name, in any order, or an address; in those about the person
        (`own`) a surname with its capital is enough.
        """
        if isinstance(value, str):
            return self._replaced(value, own=own)
        if isinstance(value, list):
            return [self.replaced(one, own=own) for one in value]
        if isinstance(value, dict):
            return {
                self.replaced(key, own=own): self.replaced(one, own=own)
                for key, one in value.items()
            }
        return value

    def _replaced(self, text: str, *, own: bool) -> str:
        composed = spelt_out(text)
        cuts = [
            (one.start(), one.end(), self.address)
            for one in ADDRESS.finditer(composed)
            if one.group().lower().rstrip(".") in self.addresses
        ]
        taken = {place for start, end, _ in cuts for place in range(start, end)}
        found = [one for one in WORD.finditer(composed) if one.start() not in taken]
        place = 0
        while place < len(found):
            length = self._length(found, place, own=own)
            if length:
                end = found[place + length - 1].end()
                cuts.append((found[place].start(), end, self.name))
            place += length or 1
        for start, end, instead in sorted(cuts, reverse=True):
            composed = f"{composed[:start]}{instead}{composed[end:]}"
        return composed if cuts else text

    def _length(self, found: "list[Any]", place: int, *, own: bool) -> int:
        """Return how many words from here name them, 0 for none."""
        first = found[place].group()
        if folded(first) not in self._first_words:
            return 0
        for words in self._whole:
            here = sorted(folded(one.group()) for one in found[place : place + len(words)])
            if here == words:
                return len(words)
        return int(own and first[0].isupper() and folded(first) in self._alone)

    @cached_property
    def _whole(self) -> list[list[str]]:
        names = {tuple(sorted(map(folded, words_of(name)))) for name in self.names}
        return sorted((list(one) for one in names if len(one) > 1), key=len, reverse=True)

    @cached_property
    def _alone(self) -> set[str]:
        return {word for name in self.names for word in surnames_of(name)}

    @cached_property
    def _first_words(self) -> set[str]:
        return self._alone | {word for words in self._whole for word in words}


def find_person(given: str) -> Person:
    """Return whom an id or an address of the open organisation means. Errors: `MissingError`."""
    address = given.strip().lower()
    user = User.objects.filter(pk=given).first() or User.objects.filter(email=address).first()
    if user is not None:
        return person_of(user)
    names: set[str] = set()
    is_found = False
    for one in registered.values():
        for name, email in one.contacts:
            rows = one.model._meta.base_manager.filter(**{email: address})
            for value in rows.values_list(name or email, flat=True):
                is_found = True
                names |= {value} if name else set()
    if not is_found:
        raise MissingError(f"Nobody here has the id or the address {given!r}.")
    return Person("", frozenset(filter(None, names)), frozenset({address}))


def person_of(user: User) -> Person:
    """Return a user with everything that they were ever called. Cost: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CALLED, {"id": user.pk})
        called = {_plain(text) for (text,) in cursor.fetchall()} | {user.name, user.email}
    addresses = {one.lower() for one in called if "@" in one}
    nobody = Person(user.pk, frozenset(), frozenset())  # what an erasure has left
    return Person(
        user.pk,
        frozenset(called - {"", nobody.name} - addresses),
        frozenset(addresses - {nobody.address}),
    )


def is_erased(name: str, address: str) -> bool:
    """Say whether a name or an address is what an erasure has left."""
    return name.startswith(ERASED_NAME) or address.endswith(ERASED_DOMAIN)


def _plain(text: str | None) -> str:
    value = json.loads(text) if text else ""
    return value if isinstance(value, str) else ""
