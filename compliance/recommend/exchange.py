"""One call to an OpenAI-compatible chat endpoint, bounded in time and in size.

The deadline holds for all of it, from the name's lookup to the answer's last byte: a timeout of
each read alone lets an answer trickle for ever. Redirects are not followed, as they would take the
key elsewhere.
"""

import http.client
import json
import queue
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from compliance.recommend.need import EngineFailure
from qualiforma.deadlines import CONNECT_SECONDS

ANSWER_MAX_BYTES = 256 * 1024


class EngineFailedError(Exception):
    """The engine gave no answer that can be used."""

    def __init__(self, failure: EngineFailure) -> None:
        self.failure = failure
        super().__init__(failure.value)


@dataclass(frozen=True)
class Endpoint:
    """Where a model is asked; `url` is the base, `https://api.example/v1`."""

    url: str
    model: str
    key: str
    seconds: float


def ask(endpoint: Endpoint, messages: list[dict[str, str]]) -> str:
    """Return the text of the model's answer. Errors: `EngineFailedError`.

    Cost: `endpoint.seconds` at most.
    """
    call = _Call(endpoint, messages)
    worker = threading.Thread(target=call.run, name="recommender", daemon=True)
    worker.start()
    try:
        answer = call.answers.get(timeout=endpoint.seconds)
    except queue.Empty:
        call.give_up()
        raise EngineFailedError(EngineFailure.TIMEOUT) from None
    if isinstance(answer, EngineFailure):
        raise EngineFailedError(answer)
    return answer


class _Call:
    """The call itself, in a thread of its own that ends with its connection."""

    def __init__(self, endpoint: Endpoint, messages: list[dict[str, str]]) -> None:
        self.answers: queue.Queue[str | EngineFailure] = queue.Queue(maxsize=1)
        self._endpoint = endpoint
        body = {
            "model": endpoint.model,
            "temperature": 0,
            "response_format": {"type": "json_object"},
            "messages": messages,
        }
        self._body = json.dumps(body, ensure_ascii=False).encode()
        self._parts = urlsplit(endpoint.url)
        https = self._parts.scheme == "https"
        kind = http.client.HTTPSConnection if https else http.client.HTTPConnection
        self._connection = kind(
            self._parts.hostname or "",
            self._parts.port,
            timeout=min(CONNECT_SECONDS, endpoint.seconds),
        )
        # The connection forgets it as soon as it knows that no other answer follows.
        self._socket: socket.socket | None = None

    def run(self) -> None:
        try:
            self.answers.put(self._exchange())
        except TimeoutError:
            self.answers.put(EngineFailure.TIMEOUT)
        except OSError:
            self.answers.put(EngineFailure.UNREACHABLE)
        except (http.client.HTTPException, ValueError):
            self.answers.put(EngineFailure.UNREADABLE)
        finally:
            self._connection.close()

    def give_up(self) -> None:
        """Close the socket so that the thread ends; its result is discarded."""
        if self._socket:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _exchange(self) -> str | EngineFailure:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._endpoint.key:
            headers["Authorization"] = f"Bearer {self._endpoint.key}"
        path = f"{self._parts.path.rstrip('/')}/chat/completions"
        self._connection.connect()
        self._socket = self._connection.sock
        self._socket.settimeout(self._endpoint.seconds)
        self._connection.request("POST", path, self._body, headers)
        answer = self._connection.getresponse()
        if answer.status != 200:
            return EngineFailure.REFUSED
        text = answer.read(ANSWER_MAX_BYTES + 1)
        if len(text) > ANSWER_MAX_BYTES:
            return EngineFailure.TOO_LARGE
        return _said(text)


def _said(text: bytes) -> str | EngineFailure:
    """Return what the first choice says."""
    try:
        answer: Any = json.loads(text)
        said = answer["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return EngineFailure.UNREADABLE
    return said if isinstance(said, str) else EngineFailure.UNREADABLE
