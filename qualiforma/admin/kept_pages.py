"""A page that a session asks for again is not rendered again if each of its statements finds the same rows.

A list, a record's page and the home page depend on their address, their session and person, the organisation, the
language, the minute, and what their statements find. `kept` notes the statements while a view makes its page, and
keeps the text. At the next request for it, every statement runs again: what is shown is what the database says at
that moment. Who may see the page is asked before, in each call.

What is never kept, and why this is right: decision 0037.
"""

import re
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.session import SessionStorage
from django.db import Error
from django.db import connection as default_connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language
from psycopg import ServerCursor

from qualiforma.api.middleware import join_signs_once
from qualiforma.outages import outage_of
from qualiforma.tenants.context import tenant_or_none

View = Callable[..., HttpResponse]
connection: Any = default_connection  # ours adds to Django's
# Of all pages in one process: some 350.
MOST_BYTES = 32 * 1024 * 1024
_READS = re.compile(r"(?:/\*[^*]*\*/ )?\(*(?:SELECT|WITH) ")
# Looked for in values, too: what has such a word is not kept, which costs time and nothing else.
_WRITES = re.compile(
    r"\b(?:INSERT|UPDATE|DELETE|MERGE|LOCK|SHARE|nextval|setval|set_config|pg_\w*lock\w*)\b"
)
# Where a day or a minute begins or ends. The present moment has others, but for one in 500,000.
_OF_BOUNDS = frozenset({0, 999_999})
_TOKEN = re.compile(rb'(?<=name="csrfmiddlewaretoken" value=")\w+')


@dataclass(frozen=True)
class Step:
    """A statement of a page, with the digest of what it found."""

    text: str
    values: Any
    is_prepared: bool
    found: bytes

    @property
    def size(self) -> int:
        """About how many bytes it takes: a short value takes four times its text."""
        return sys.getsizeof(self.text) + 4 * len(repr(self.values)) + len(self.found)

    def finds_the_same(self) -> bool:
        """Run the statement again; say whether it finds the same rows. Cost: one statement."""
        is_prepared = self.is_prepared and connection.prepares
        with connection.prepared_cursor() if is_prepared else connection.cursor() as cursor:
            cursor.execute(self.text, self.values)
            return digest_of(cursor.cursor) == self.found


def digest_of(cursor: Any) -> bytes:
    """Return a digest of the rows of each result of a statement, as the server sent them.

    Python takes 1, 1.0 and True for equal; a page shows each of them in another way.
    """
    digest = sha256()
    for one in cursor.results():
        found = one.pgresult
        columns = range(found.nfields)
        values = [found.get_value(row, at) for row in range(found.ntuples) for at in columns]
        digest.update(repr(([found.ftype(at) for at in columns], values)).encode())
    return digest.digest()


class Statements:
    """Notes the statements of a page while it is made. `only_read`: each of them can be run again, to compare."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.only_read = True
        self.schema = connection.schema_name

    def __call__(self, execute: Any, text: Any, values: Any, many: bool, context: Any) -> Any:
        try:
            found = execute(text, values, many, context)
        except Error:  # the page may go on without what it did not find
            self.only_read = False
            raise
        cursor = context["cursor"].cursor
        self.only_read &= not many and not isinstance(cursor, ServerCursor)
        self.only_read &= _is_plain_read(text, values) and connection.schema_name == self.schema
        if self.only_read:
            is_prepared = isinstance(cursor, ServerBindingCursor)
            self.steps.append(Step(text, values, is_prepared, digest_of(cursor)))
            cursor.set_result(0)  # for who asked
        return found


def _is_plain_read(text: Any, values: Any) -> bool:
    """Say whether a statement only reads, and not by the present moment.

    Run again with the moment of the page, it would not find what has come since.
    """
    is_read = type(text) is str and _READS.match(text) and not _WRITES.search(text)
    given = values.values() if isinstance(values, dict) else values or ()
    moments = [one for one in given if isinstance(one, datetime)]
    return bool(is_read) and all(one.microsecond in _OF_BOUNDS for one in moments)


@dataclass(frozen=True)
class Page:
    """A page as it was made. Shape: its text in parts, between them the token of its forms."""

    made_for: Any
    steps: list[Step]
    parts: list[bytes]
    headers: dict[str, str]

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return sum(map(sys.getsizeof, self.parts)) + sum(step.size for step in self.steps)

    def is_as_it_was(self) -> bool:
        """Say whether each statement finds the same rows. Cost: the statements."""
        try:
            return all(step.finds_the_same() for step in self.steps)
        except Error as error:
            if connection.in_atomic_block or outage_of(error):
                raise
            return False  # a migration has changed a table

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Return the page with this request's token."""
        token = get_token(request) if len(self.parts) > 1 else ""
        answer = HttpResponse(token.encode().join(self.parts), headers=self.headers)
        vars(answer)["has_joined_signs"] = True  # as in `join_signs_once`
        return answer


class Pages:
    """The pages that a process keeps, the last that were asked for, up to a number of bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self._pages: OrderedDict[Any, tuple[Page, int]] = OrderedDict()

    def find(self, key: Any) -> Page | None:
        """Return the page that is kept for this, or None."""
        page, size = self._pages.pop(key, (None, 0))
        if page is not None:
            self._pages[key] = page, size  # the last, now
        return page

    def keep(self, key: Any, page: Page | None) -> None:
        """Keep a page in the place of the one before; with None, no page."""
        self.bytes -= self._pages.pop(key, (None, 0))[1]
        if page is not None:
            self._pages[key] = page, page.size
            self.bytes += self._pages[key][1]
        while self.bytes > self.most_bytes:
            self.keep(next(iter(self._pages)), None)


pages = Pages()


def kept(view: View) -> View:
    """Keep the pages of a view. Its caller asks in each call who may see them."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = _key_of(request)
        if key is None:
            return view(request, *args, **kwargs)
        made_for, page = _made_for(request), pages.find(key)
        if page and page.made_for == made_for and page.is_as_it_was():
            return page.answer(request)
        statements = Statements()
        with connection.execute_wrapper(statements), connection.reading_whole():
            answer = view(request, *args, **kwargs)
            if isinstance(answer, TemplateResponse):
                answer.render()
        made = None
        if statements.only_read and _is_plain_page(request, answer):
            join_signs_once(answer)
            parts = _TOKEN.split(answer.content)
            made = Page(made_for, statements.steps, parts, dict(answer.headers))
        pages.keep(key, made)
        return answer

    return shown


def _key_of(request: HttpRequest) -> Any:
    """Return what a page is looked for by; None for a request whose page is not kept."""
    tenant, session = tenant_or_none(), request.session
    if request.method != "GET" or tenant is None or SessionStorage.session_key in session:
        return None
    address = request.scheme, request.get_host(), request.get_full_path()
    return tenant.pk, session.session_key, address, get_language()


def _made_for(request: HttpRequest) -> Any:
    """Return what else the page must have been made for: pages show times by the minute."""
    rows: tuple[Any, ...] = (request.user, tenant_or_none())
    values = [getattr(row, field.attname) for row in rows for field in row._meta.concrete_fields]
    return dict(request.session), values, timezone.now().replace(second=0, microsecond=0)


def _is_plain_page(request: HttpRequest, answer: HttpResponse) -> bool:
    """Say whether a request has made a page and nothing else: no cookie, no message, no change of its session."""
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    # The token's cookie is set around the view, too, where the page has a form.
    is_plain = set(answer.cookies) <= {settings.CSRF_COOKIE_NAME} and not answer.streaming
    is_told = getattr(get_messages(request), "added_new", False)
    changed = is_told or request.session.modified
    return answer.status_code == HTTPStatus.OK and is_page and is_plain and not changed
