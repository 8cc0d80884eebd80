"""What the real server makes of headers as they arrive, and which it sends."""

import json
import socket
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from qualiforma.server.gateway import environ_of
from tests.live import start_server

if TYPE_CHECKING:
    from granian.rsgi import Scope


def ask(server, request):
    """Send bytes; return the whole answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(request)
        answer = b""
        while part := client.recv(65536):
            answer += part
    return answer.decode()


def get(server, path, *headers):
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    return ask(server, "".join(f"{line}\r\n" for line in [*lines, ""]).encode())


BUNDLE = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
PATHS = ["/healthz", "/readyz", "/api/v1/improvement-plans", "/admin/login/", "/nope"]


@pytest.mark.parametrize("path", [*PATHS, "/static/server/docs.css"])
def test_no_answer_names_the_server(demo_server, path):
    head = get(demo_server, path).partition("\r\n\r\n")[0].lower()
    assert [line for line in head.splitlines() if line.startswith("server:")] == ["server: "]
    assert "granian" not in head
    assert "x-powered-by" not in head


@pytest.mark.parametrize("request_", [b"GARBAGE\r\n\r\n", b"GET / HTTP/1.1\r\nHost: \x00\r\n\r\n"])
def test_nor_does_what_the_application_never_sees(demo_server, request_):
    assert "granian" not in ask(demo_server, request_).lower()


LIST = "/api/v1/improvement-plans"
HYPHEN, UNDERSCORE = "X-Tenant-ID: qualiforma-demo", "X_Tenant_ID: votre-tenant"


def code(answer):
    return json.loads(answer.partition("\r\n\r\n")[2])["code"]


def test_a_header_with_underscores_names_no_tenant(demo_server):
    assert code(get(demo_server, LIST, UNDERSCORE)) == "TENANT_REQUIRED"


@pytest.mark.parametrize("headers", [(HYPHEN, UNDERSCORE), (UNDERSCORE, HYPHEN)])
def test_it_takes_no_other_headers_place(demo_server, demo_admin, headers):
    """A token of the tenant that the right header names is not of another's."""
    answer = get(demo_server, LIST, f"Authorization: Bearer {demo_admin.token}", *headers)
    assert answer.startswith("HTTP/1.1 200"), answer


def test_nor_does_it_give_a_body_another_length(demo_server):
    head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += f"{HYPHEN}\r\nContent_Length: 5\r\nContent_Type: text/plain\r\n"
    body = '{"email": "nobody@a.fr", "password": "wrong"}'
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    assert code(ask(demo_server, (head + body).encode())) == "INVALID_CREDENTIALS"


def test_two_headers_of_one_name_are_no_tenant(demo_server):
    answer = get(demo_server, LIST, HYPHEN, "X-Tenant-ID: votre-tenant")
    assert code(answer) == "TENANT_NOT_FOUND"


def test_addresses_as_they_were_sent(demo_server):
    for path in ("/%ff", "/%C3%A9", "/%00", "//", "/a%2Fb", "/?x=%ff"):
        assert code(get(demo_server, path)) in {"NOT_FOUND", "MALFORMED_REQUEST"}, path


def test_a_query_beyond_latin_1_is_no_fault_of_ours(demo_server):
    """Granian hands it over decoded; WSGI wants bytes in disguise."""
    assert code(get(demo_server, "/api/v1/qualiopi/grids?x=€")) == "VALIDATION_FAILED"


def test_a_probe_that_names_no_host_is_answered(demo_server):
    assert ask(demo_server, b"GET /healthz HTTP/1.0\r\n\r\n").startswith("HTTP/1.0 200")


def test_a_value_beyond_ascii_is_not_taken_for_none(demo_server):
    assert code(get(demo_server, LIST, "X-Tenant-ID: é")) == "TENANT_NOT_FOUND"


def environ_with(**more):
    scope: dict[str, Any] = {
        "server": "127.0.0.1:80", "client": "[::1]:4711", "method": "GET", "path": "/é",
        "query_string": "", "http_version": "1.1", "scheme": "http", "authority": None,
        "headers": {},
    }  # fmt: skip
    return environ_of(cast("Scope", SimpleNamespace(**scope | more)))


def test_two_cookie_headers_are_one_list():
    pairs = [("cookie", "a=1"), ("cookie", "b=2")]
    headers = SimpleNamespace(items=lambda: pairs, keys=lambda: ["cookie"])
    assert environ_with(headers=headers)["HTTP_COOKIE"] == "a=1; b=2"


def test_the_environment_of_the_process_is_no_header(monkeypatch):
    monkeypatch.setenv("HTTP_X_TENANT_ID", "acme")
    environ = environ_with()
    assert "HTTP_X_TENANT_ID" not in environ
    assert "HTTP_HOST" not in environ
    assert (environ["REMOTE_ADDR"], environ["PATH_INFO"]) == ("::1", "/Ã©")


def test_a_client_who_leaves_in_the_middle_of_an_answer_is_no_fault(demo_server, tmp_path):
    log = tmp_path / "log"
    with log.open("wb") as output:
        server = start_server(output=output, WEB_WORKERS="1")
        try:
            for _ in range(20):
                client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
                client.sendall(f"GET {BUNDLE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                client.recv(10)
                client.close()
            assert get(server, "/healthz").startswith("HTTP/1.1 200")
        finally:
            server.stop()
    assert "raised an exception" not in log.read_text()
