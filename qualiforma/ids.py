"""Identifiers: one text id per object, the same in database, API, admin, trail and exports.

A generated id is `prefix_` and 24 hex characters, 4 bytes of time then 8 of randomness, so that ids
sort by creation. An imported one may be any `[A-Za-z0-9_-]{1,64}` after the prefix. Objects of the
action-plans family have the 24 hex characters alone: their prefix is `BARE`.
Source: api-conventions, "Identifiers".
"""

import re
import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django_stubs_ext import StrOrPromise

ID_MAX_LENGTH = 80
BARE = ""
BARE_LENGTH = 24


def new_token() -> str:
    """Return 24 lowercase hex characters: 4 bytes of Unix time, 8 random bytes."""
    return f"{int(time.time()):08x}{secrets.token_hex(8)}"


def new_id(prefix: str) -> str:
    """Return a new id, `imp_66f0c1…`."""
    return f"{prefix}_{new_token()}" if prefix else new_token()


def id_pattern(prefix: str) -> str:
    """Return what ids of this prefix look like, as the inside of a regular expression."""
    return rf"{prefix}_[A-Za-z0-9_-]{{1,64}}" if prefix else rf"[0-9a-f]{{{BARE_LENGTH}}}"


def id_length(prefix: str) -> int:
    """Return how long an id of this prefix may be."""
    return ID_MAX_LENGTH if prefix else BARE_LENGTH


def id_example(prefix: str) -> str:
    """Return an id of this prefix for the documentation."""
    return f"{prefix}_8f3b21" if prefix else "64f8a0e2d5b7c9a1e3f4a5b6"


def is_id(value: object, prefix: str) -> bool:
    """Say whether `value` has the shape of an id of this prefix."""
    return isinstance(value, str) and bool(re.fullmatch(id_pattern(prefix), value, re.ASCII))


def id_hint(prefix: str) -> "StrOrPromise":
    """Return the words that refuse what has not this shape."""
    if not prefix:
        return _("Identifiant attendu : 24 caractères parmi 0-9 et a-f.")
    return format_lazy(
        _("Identifiant attendu : {prefix}_ suivi de lettres, chiffres, - ou _."), prefix=prefix
    )


class IdField(models.CharField[str, str]):
    """Primary key holding a text id, prefixed or `BARE`.

    Collation C: ids are compared byte by byte and foreign keys inherit it. The column type is
    written `character varying` because Django adds a second `LIKE` index to what begins with
    `varchar`, useless under collation C.
    """

    def __init__(self, *, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        kwargs.setdefault("primary_key", True)
        kwargs.setdefault("max_length", id_length(prefix))
        kwargs.setdefault("db_collation", "C")
        kwargs.setdefault("editable", False)
        kwargs.setdefault("default", partial(new_id, prefix))
        super().__init__(**kwargs)
        self.validators = [
            *self.validators,
            RegexValidator(rf"^{id_pattern(prefix)}\Z", id_hint(prefix)),
        ]

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        for key in ("default", "db_collation", "editable", "max_length", "primary_key"):
            kwargs.pop(key, None)
        return name, path, list(args), {"prefix": self.prefix, **kwargs}

    def db_type(self, connection: "BaseDatabaseWrapper") -> str:
        return f"character varying({self.max_length})"

    def rel_db_type(self, connection: "BaseDatabaseWrapper") -> str:
        return self.db_type(connection)


def id_factory(prefix: str) -> Callable[[], str]:
    """Return a callable that makes ids of this prefix, for bulk inserts."""
    return partial(new_id, prefix)
