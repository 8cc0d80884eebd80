"""A real browser: Debian's chromium, driven by playwright. Nothing is downloaded at test time."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium") or ""
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine")
FLAGS = (
    "--no-sandbox",  # as root, in CI
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # It must not look for anything outside by itself.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Visit:
    """A page, and what the browser noted while it was open."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[list[object]] = []
        self.complaints: list[str] = []
        self.thrown: list[str] = []
        self.hosts: set[str] = set()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.thrown.append(str(error)))
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def outcome(self, origin: str) -> None:
        """Open a page and wait until its script has said or thrown something."""
        self.page.goto(origin)
        for _ in range(100):
            if self.said or self.thrown:
                break
            self.page.wait_for_timeout(100)  # lets the browser's events in

    def _console(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)
        else:
            self.said.append([argument.json_value() for argument in message.args])


@contextmanager
def visit(**options: Any) -> Iterator[Visit]:
    """One browser with an empty profile; `options` are playwright's for a page. No database call within: playwright runs a loop here."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield Visit(browser.new_page(**{"viewport": {"width": 1280, "height": 1000}} | options))
        finally:
            browser.close()


class Site:
    """One page on a port of its own, hence of an origin of its own."""

    def __init__(self) -> None:
        self.html = ""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.html.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Site":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
