"""How people are named in a bundle: learners by pseudonyms, unless the scope says otherwise.

What a learner is called is looked for in free texts too, as are addresses and telephone numbers.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from django.db import connection

from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.audit.past import records_at
from qualiforma.bundle.scope import Scope
from qualiforma.names import ADDRESS, WORD, folded, spelt_out, surnames_of, words_of

HIDDEN = "[masqué]"
_TELEPHONE = re.compile(
    r"(?<![\w.])(?:(?:\+|00)33\s*(?:\(0\))?|0)[\s.-]?[1-9](?:[\s.-]{0,2}\d{2}){4}(?!\w)"
)
# Everything that users were called up to an entry, by the trail.
_CALLED = """
SELECT DISTINCT object_id, clear #>> '{after.name,1}' FROM audit_event
WHERE object_type = 'user' AND seq <= %s AND clear ? 'after.name'
"""

# Whom apps know to be learners beside those of that role: the ids of users.
learners: list[Callable[[Scope], Iterable[str]]] = []
# What people are called who are no users.
outsiders: list[Callable[[Scope], Iterable[str]]] = []


@dataclass(frozen=True)
class Person:
    """A user as they stood at the end of the period."""

    name: str
    email: str


class People:
    """The users of the open tenant, and how a bundle names them. Memory: the names of all users."""

    def __init__(self, scope: Scope) -> None:
        self.is_named = scope.names
        self.by_id: dict[str, Person] = {}
        self._by_address: dict[str, str] = {}
        self.learners: set[str] = {one for source in learners for one in source(scope)}
        for user in records_at(User, scope.head[0], order='record.id COLLATE "C"'):
            self.by_id[user.pk] = Person(user.name, user.email)
            self._by_address[user.email] = user.pk
            if user.role == Role.LEARNER:
                self.learners.add(user.pk)
        # Words of a name, in any order, by each of its words; and surnames by themselves.
        # Of outsiders, who may be called "Le client", only where each word has its capital.
        self._names: dict[str, set[tuple[frozenset[str], bool]]] = {}
        self._alone: set[str] = set()
        for user_id, name in self._called(scope):
            if user_id in self.learners:
                self._alone.update(self._hide(name))
        for source in () if scope.names else outsiders:
            for name in source(scope):
                self._hide(name, needs_capitals=True)

    def _called(self, scope: Scope) -> Iterator[tuple[str, str]]:
        yield from ((user_id, one.name) for user_id, one in self.by_id.items())
        with connection.cursor() as cursor:
            cursor.execute(_CALLED, [scope.head[0]])
            yield from ((user_id, json.loads(text)) for user_id, text in cursor.fetchall() if text)

    def _hide(self, name: str, *, needs_capitals: bool = False) -> list[str]:
        """Look for a name from now on; return the words of it that tell of somebody by themselves."""
        words = [folded(word) for word in words_of(name)]
        for word in words if len(words) > 1 else ():
            self._names.setdefault(word, set()).add((frozenset(words), needs_capitals))
        return surnames_of(name)

    def person(self, user_id: str | None) -> str:
        """Return how a user is named: by name, a learner by id and initials; nobody as nothing."""
        if user_id is None:
            return ""
        known = self.by_id.get(user_id)
        if known is None:
            return user_id
        if self.is_named or user_id not in self.learners:
            return known.name
        return f"{user_id} ({initials(known.name)})"

    def by_address(self, address: str) -> str:
        """Return how the user of an address is named; an address that is nobody's is hidden."""
        user_id = self._by_address.get(address)
        return self.person(user_id) if user_id else self.label(address)

    def outsider(self, name: str) -> str:
        """Return how somebody is named who is no user: a complainant, a company's contact."""
        return name if self.is_named else initials(name)

    def label(self, text: str) -> str:
        """Return a name of a thing without whole names of learners and without addresses."""
        return text if self.is_named or not text else self._without(text, ())

    def text(self, text: str, *others: str) -> str:
        """Return a free text without what names a learner, or the `others`."""
        if self.is_named or not text:
            return text
        more = {word for one in others for word in surnames_of(one)}
        return self._without(text, self._alone | more if more else self._alone)

    def _without(self, text: str, alone: Collection[str]) -> str:
        spelt = spelt_out(text)
        hidden = self._hidden(spelt, alone)
        return text if hidden == spelt else hidden

    def _hidden(self, text: str, alone: Collection[str]) -> str:
        text = _TELEPHONE.sub(HIDDEN, ADDRESS.sub(HIDDEN, text))
        found = list(WORD.finditer(text))
        words = [folded(one.group()) for one in found]
        capital = [one.group()[0].isupper() for one in found]
        cuts: list[tuple[int, int]] = []
        place = 0
        while place < len(found):
            length = self._length_of_name(words, capital, place)
            if not length and capital[place] and words[place] in alone:
                length = 1
            if length:
                cuts.append((found[place].start(), found[place + length - 1].end()))
            place += length or 1
        for start, end in reversed(cuts):
            text = f"{text[:start]}[{initials(text[start:end])}]{text[end:]}"
        return text

    def _length_of_name(self, words: list[str], capital: list[bool], place: int) -> int:
        """Return how many words from here are somebody's longest name; 0 if they are nobody's."""
        return max(
            (
                len(whole)
                for whole, needs_capitals in self._names.get(words[place], ())
                if frozenset(words[place : place + len(whole)]) == whole
                and (not needs_capitals or all(capital[place : place + len(whole)]))
            ),
            default=0,
        )


def initials(name: str) -> str:
    """Return the initials of a name, `C. M.`, say."""
    return " ".join(f"{word[0].upper()}." for word in WORD.findall(name)[:3])
