"""Logging: one pipeline for Django, DRF, the web server and our own code.

Our code logs with the standard library; structlog adds who and where (`bind`) and renders. Loaded
with the settings and by the web server's main process, hence without Django's models and DRF.

No line holds personal data or a secret. What could carry some is left out here, the person who logs it:
paths (a signed link stands in one), and the texts of exceptions (they quote the value that was
refused) but for kinds whose text never quotes one.
"""

import logging
import sys
import traceback
from typing import Any

from structlog.contextvars import bind_contextvars as bind
from structlog.contextvars import bound_contextvars as bound
from structlog.contextvars import clear_contextvars, get_contextvars, merge_contextvars
from structlog.contextvars import unbind_contextvars as unbind
from structlog.dev import ConsoleRenderer
from structlog.processors import JSONRenderer, TimeStamper
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, Processor, WrappedLogger

from qualiforma.outages import Outage, StorageAwayError, outage_of

__all__ = ["begin", "bind", "bound", "configuration", "formatter", "request_id", "unbind"]

STYLES = ("json", "console")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# What a line may carry beside its text; other `extra` is dropped (Django's holds the request).
FIELDS = ("method", "route", "ids", "status", "duration_ms", "code")
# These texts name types, attributes and modules, never values.
TELLING = (
    AttributeError,
    ImportError,
    NameError,
    NotImplementedError,
    RecursionError,
    StorageAwayError,
)
_EVENTS = {
    None: "Unhandled fault",
    Outage.AWAY: "The database did not serve",
    Outage.TIMED_OUT: "The database did not serve",
    Outage.STORAGE_AWAY: "The storage of files did not serve",
}
# The web server's advice on thread counts takes them for threads that compute; ours read bodies.
_NOISE = "Configuration allows spawning up to"


def begin(**context: object) -> None:
    """Forget what was bound to this thread and bind anew: a request begins."""
    clear_contextvars()
    bind(**context)


def request_id() -> str:
    """Return the id of the request that this thread works for, empty without one."""
    return str(get_contextvars().get("request_id", ""))


def configuration(*, style: str, level: str, values: bool) -> dict[str, Any]:
    """Return the settings of Python's logging. Shape: `dictConfig`, and plain JSON.

    `values` lets exceptions speak in full; for a developer's own machine.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"noise": {"()": "qualiforma.logs.NoiseFilter"}},
        "formatters": {
            "line": {"()": "qualiforma.logs.formatter", "style": style, "values": values}
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["noise"],
                "formatter": "line",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # At DEBUG it would print each statement with its values.
            "django.db.backends": {"level": "INFO"},
            # The queue tells what it registers and starts; `qualiforma.jobs` says what came of it.
            "procrastinate": {"level": "WARNING"},
            "_granian": {"handlers": ["stderr"], "level": level, "propagate": False},
        },
    }


def formatter(style: str, *, values: bool) -> logging.Formatter:
    """Return what turns a record into one line (JSON) or into coloured text (console)."""
    render: Processor = JSONRenderer()
    if style == "console":
        render = ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    return ProcessorFormatter(
        foreign_pre_chain=[
            TimeStamper(fmt="iso", utc=True),
            add_log_level,
            add_logger_name,
            merge_contextvars,
            ExtraAdder(FIELDS),
            _without_path,
            _Traceback(values=values),
        ],
        processors=[ProcessorFormatter.remove_processors_meta, render],
    )


class NoiseFilter(logging.Filter):
    """Drop what would be said twice.

    Django's line for each refused request: ours says it, without the path. Its line for a fault
    stays, as it has the traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "django.request":
            return bool(record.exc_info)
        return not (record.name == "_granian" and str(record.msg).startswith(_NOISE))


def _without_path(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace Django's texts that quote the request's path or headers."""
    name = event["logger"]
    if name == "django.request":
        error = (event.get("exc_info") or (None, None))[1]
        event["event"] = _EVENTS[outage_of(error) if error is not None else None]
    elif name.startswith("django.security"):
        event["event"] = "Refused by Django's security checks"
    return event


class _Traceback:
    """Turn `exc_info` into the field `exception`: frames and kinds, texts where they are safe."""

    def __init__(self, *, values: bool) -> None:
        self.values = values

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        error = (event.pop("exc_info", None) or (None, None))[1]
        if isinstance(error, BaseException):
            event["exception"] = self._describe(error)
        return event

    def _describe(self, error: BaseException) -> str:
        """Return the exception and what led to it, oldest first."""
        parts: list[str] = []
        link: BaseException | None = error
        while link is not None and len(parts) < 10:
            kind = f"{type(link).__module__}.{type(link).__qualname__}"
            text = str(link) if self.values else safe_text(link)
            frames = "".join(traceback.format_tb(link.__traceback__))
            parts.append(f"{frames}{kind}: {text}")
            link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
        return "\n\n".join(reversed(parts))


def safe_text(error: BaseException) -> str:
    """Return what may be said of an exception without quoting a value."""
    state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
    if state:
        names = getattr(error, "diag", None)
        constraint = getattr(names, "constraint_name", None) or ""
        return f"SQLSTATE {state} {constraint}".rstrip()
    if isinstance(error, TELLING) or type(error).__name__ == "OperationalError":
        return str(error)  # an OperationalError without a state: no connection, with its reason
    if isinstance(error, OSError):
        return error.strerror or ""
    return "(text left out)"
