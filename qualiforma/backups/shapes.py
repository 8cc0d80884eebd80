"""What the JSON of archives and backups may look like: whoever wrote a file may have meant harm.

A digest beside a file says that nothing was lost or changed on the way, not who wrote it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from qualiforma.backups.errors import BackupError

Shape = Callable[[Any], bool]
_BACKUP_NAME = re.compile(r"qualiforma-[A-Za-z0-9-]{1,120}")


def _text(value: Any) -> bool:
    return isinstance(value, str) and "\x00" not in value


def _count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _instant(value: Any) -> bool:
    try:
        return _text(value) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _object(**parts: Shape) -> Shape:
    """Take an object that has these keys, and others."""
    return lambda value: (
        isinstance(value, dict)
        and all(name in value and part(value[name]) for name, part in parts.items())
    )


def _map(of: Shape) -> Shape:
    return lambda value: isinstance(value, dict) and all(map(of, value.values()))


def _list(of: Shape) -> Shape:
    return lambda value: isinstance(value, list) and all(map(of, value))


def _row(*parts: Shape) -> Shape:
    return lambda value: (
        isinstance(value, list)
        and len(value) == len(parts)
        and all(part(one) for part, one in zip(parts, value, strict=True))
    )


def _maybe(of: Shape) -> Shape:
    return lambda value: value is None or of(value)


_HEAD = _row(_count, _text)
_REGISTRATION = dict.fromkeys(
    ("id", "schema_name", "slug", "name", "storage_prefix", "status"), _text
)
ARCHIVE: Mapping[str, Shape] = {
    "product": _text,
    "at": _instant,
    "schema": _text,
    "registration": lambda value: value == {} or _object(**_REGISTRATION)(value),
    "domains": _list(_object(domain=_text, is_primary=_flag)),
    "without": _list(_text),
    "migrations": _list(_row(_text, _text)),
    "head": _maybe(_HEAD),
    "tables": _map(_object(columns=_list(_text), rows=_count)),
    "sequences": _map(_row(_count, _flag)),
    "members": _map(_object(size=_count, sha256=_text)),
}
BACKUP: Mapping[str, Shape] = {
    "name": lambda value: _text(value) and bool(_BACKUP_NAME.fullmatch(value)),
    "at": _instant,
    "postgresql": _count,
    "tenant": _text,
    "secret_key": _maybe(_map(_text)),
    "archives": _map(_object(schema=_text, head=_maybe(_HEAD), slug=_text, missing=_list(_text))),
}


def check_shape(manifest: Mapping[str, Any], shapes: Mapping[str, Shape], name: str) -> None:
    """Errors: `BackupError` naming the part of a manifest that is not as we write it."""
    for key, shape in shapes.items():
        if key not in manifest or not shape(manifest[key]):
            raise BackupError(f"{name}: its manifest has no {key} as QualiForma writes it.")
