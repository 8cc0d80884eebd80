"""What the real server makes of headers as they arrive, and which it sends."""

import socket

import pytest


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
