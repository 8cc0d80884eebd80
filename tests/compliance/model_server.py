"""A server on this machine that plays a language model, well or badly."""

import json
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Model:
    """What it is told, and what it does: `play` is called with each request's handler."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.play: Any = lambda handler: handler.say({"ranking": []})

    @property
    def courses(self) -> list[str]:
        """The ids that the last call named."""
        told = json.loads(self.asked[-1]["messages"][1]["content"])
        return [one["courseId"] for one in told["courses"]]

    def rank(self, *rows: Any) -> None:
        self.play = lambda handler: handler.say({"ranking": list(rows)})

    def write(self, text: str) -> None:
        """Answer this as the model's own words."""
        self.play = lambda handler: handler.say(text)

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.play = lambda handler: handler.send(status, body, headers)

    def trickle(self, *, pause: float, head: bool) -> None:
        """Answer a byte at a time, for ever; in the headers already, or in the body."""

        def play(handler: Any) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            if not head:
                handler.wfile.write(b"Content-Type: application/json\r\n\r\n")
            with suppress(OSError):
                while True:
                    handler.wfile.write(b" " if not head else b"X")
                    handler.wfile.flush()
                    time.sleep(pause)

        self.play = play


@contextmanager
def playing():
    model = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            model.asked.append(json.loads(self.rfile.read(length)))
            model.headers.append({**self.headers, "path": self.path})
            with suppress(OSError):  # whoever asked has gone
                model.play(self)

        def say(self, content: Any) -> None:
            text = content if isinstance(content, str) else json.dumps(content)
            answer = {"choices": [{"message": {"role": "assistant", "content": text}}]}
            self.send(200, json.dumps(answer).encode(), {})

        def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield model, f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
