"""What can be exported. Each kind says who may ask for it, and writes its file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from qualiforma.accounts.actor import Actor

if TYPE_CHECKING:
    from qualiforma.exports.models import FileExport

Options = Mapping[str, Any]
# Told how many rows are written by now.
OnRows = Callable[[int], None]


@dataclass(frozen=True)
class ExportKind:
    """A kind of export. `write` fills an open file and returns the name that it is saved under."""

    name: str
    may_ask: Callable[[Actor, Options], bool]
    write: "Callable[[FileExport, IO[bytes], OnRows], str]"


_kinds: dict[str, ExportKind] = {}


def register(kind: ExportKind) -> ExportKind:
    """Make a kind known to pages and workers."""
    _kinds[kind.name] = kind
    return kind


def kind_of(name: str) -> ExportKind:
    """Return the kind of that name. Errors: `KeyError`."""
    return _kinds[name]
