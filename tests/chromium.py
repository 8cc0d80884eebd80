"""A real browser: Debian's chromium, driven by playwright. Nothing is downloaded at test time.

One is started per process of a run, at its first use: a start costs more than most visits. Each visit
has an empty profile.
"""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

WITH_WINDOW = shutil.which("chromium") or ""
# Where it is there: it draws no window, which takes two thirds of the processor time.
CHROMIUM = shutil.which("chromium-headless-shell") or WITH_WINDOW
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine")
needs_window = pytest.mark.skipif(
    not WITH_WINDOW, reason="no chromium with windows on this machine"
)
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


class Browsers:
    """The browsers of this process.

    Playwright runs a loop in the thread that started it. Between visits the thread does not count as
    one that runs a loop: Django would refuse each call of the database.
    """

    def __init__(self) -> None:
        self._end = ExitStack()
        self._playwright: Playwright | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started: dict[str, Browser] = {}

    @contextmanager
    def entered(self, program: str) -> Iterator[Browser]:
        """Yield one; profiles that are opened meanwhile are closed at the end."""
        outside = asyncio._get_running_loop()
        if self._playwright is None:
            self._playwright = self._end.enter_context(sync_playwright())
            self._loop = asyncio.get_running_loop()
        asyncio._set_running_loop(self._loop)
        try:
            browser = self._browser(self._playwright, program)
            before = list(browser.contexts)
            try:
                yield browser
            finally:
                for context in [one for one in browser.contexts if one not in before]:
                    context.close()
        finally:
            asyncio._set_running_loop(outside)

    def end(self) -> None:
        """End them; the next visit starts another."""
        asyncio._set_running_loop(self._loop)
        self._end.close()
        self._playwright, self._loop, self._started = None, None, {}
        asyncio._set_running_loop(None)

    def _browser(self, playwright: Playwright, program: str) -> Browser:
        found = self._started.get(program)
        if found is None or not found.is_connected():
            found = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
            self._started[program] = self._end.enter_context(found)
        return found


browsers = Browsers()


@contextmanager
def visit(program: str = CHROMIUM, /, **options: Any) -> Iterator[Visit]:
    """One page with an empty profile; `options` are playwright's for a page. No database call within: playwright runs a loop here."""
    with browsers.entered(program) as browser:
        yield Visit(browser.new_page(**{"viewport": {"width": 1280, "height": 1000}} | options))


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
