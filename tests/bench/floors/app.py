"""The floor: a bare WSGI function under the same server.

Same token check, same look-up of the user, then one statement whose text is the answer. What it needs
to know stands in the file that `BENCH_FLOOR` names; it knows neither Django nor the application.
"""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jwt
import psycopg

from qualiforma.runtime.front import Front
from qualiforma.runtime.workers import start_processes
from qualiforma.server.gateway import Gateway
from tests.bench.floors import statements

KNOWN = json.loads(Path(os.environ["BENCH_FLOOR"]).read_text())
USER = """SELECT id, email, name, role FROM accounts_user
    WHERE id = %s AND token_generation = %s AND is_active"""


class Floor:
    """One connection, opened with the first call, prepared statements, no middleware."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection[Any] | None = None
        self._schema = ""

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        name = environ["PATH_INFO"].removeprefix("/floor/")
        if name == "ready":
            start_response("200 OK", [("Content-Length", "2")])
            return [b"ok"]
        connection = self._opened(environ["HTTP_X_TENANT_ID"])
        user = self._user(connection, environ["HTTP_AUTHORIZATION"])
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = json.loads(environ["wsgi.input"].read(size)) if size else {}
        values = dict(parse_qsl(environ["QUERY_STRING"])) | body
        given = {**KNOWN["values"], **values, "user": user}
        answer = statements.OPERATIONS[name](connection, given).encode()
        kind = "text/html" if answer.startswith(b"<") else "application/json"
        start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(answer)))])
        return [answer]

    def _opened(self, slug: str) -> psycopg.Connection[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(KNOWN["database"], autocommit=True)
        schema = KNOWN["schemas"][slug]
        if schema != self._schema:
            self._connection.execute(f"SET search_path = {schema}, public")
            self._schema = schema
        return self._connection

    @staticmethod
    def _user(connection: psycopg.Connection[Any], header: str) -> tuple[Any, ...]:
        claims = jwt.decode(header.removeprefix("Bearer "), KNOWN["key"], ["HS256"])
        found = connection.execute(USER, [claims["sub"], claims["gen"]]).fetchone()
        if found is None:
            raise PermissionError
        return tuple(found)


floor, workers = Floor(), int(os.environ["WEB_WORKERS"])
front = Front(floor, max_body_bytes=lambda _path: 10**7, workers=workers)
start_processes(floor, workers, front.turns.add)
application = Gateway(front, threads=40 * workers)
