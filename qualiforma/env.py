"""Read environment variables; a malformed value raises an error that says what to set.

Only `settings.py` and `qualiforma.server` call them; nobody else reads `os.environ`.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SECRET_KEY_MIN_LENGTH = 32
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_ORIGIN = re.compile(
    rf"https?://({_LABEL}(\.{_LABEL})*|\[[0-9a-f:]+\])(:[1-9][0-9]{{0,4}})?", re.ASCII
)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class ConfigurationError(ImproperlyConfigured):
    """A value from the environment is missing or malformed; the text says what to set."""


def text(name: str, *, default: str | None = None) -> str:
    """Return the value of `name`. Errors: `ConfigurationError` when unset and without default."""
    value = _given(name) or default
    if value is None:
        raise ConfigurationError(f"{name} is not set.")
    return value


def _given(name: str) -> str:
    """Return the value of `name`, or what stands in the file that `name`_FILE names; else nothing.

    A secret in a file is in no process' environment, which other programs may print.
    """
    value, path = (os.environ.get(key, "").strip() for key in (name, f"{name}_FILE"))
    if not path:
        return value
    if value:
        raise ConfigurationError(f"Set {name} or {name}_FILE, not both.")
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigurationError(
            f"{name}_FILE names {path}, which cannot be read: {reason}."
        ) from error
    if not value:
        raise ConfigurationError(f"{name}_FILE names {path}, which is empty.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """Return true or false. Errors: `ConfigurationError` for anything but true/false, 1/0, yes/no."""
    value = text(name, default=str(default)).lower()
    if value in {"true", "1", "yes", "on"}:
        return True
    if value in {"false", "0", "no", "off"}:
        return False
    raise ConfigurationError(f"{name} must be true or false, not {value!r}.")


def integer(name: str, *, default: int, least: int, most: int) -> int:
    """Return a whole number within `least..most`, both included."""
    value = text(name, default=str(default))
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise ConfigurationError(
            f"{name} must be a whole number from {least} to {most}, not {value!r}."
        )
    return int(value)


def seconds(name: str, *, default: float, most: int) -> float:
    """Return a number of seconds within `0..most`, with decimals or without."""
    value = text(name, default=str(default))
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", value) or float(value) > most:
        raise ConfigurationError(
            f"{name} must be a number of seconds from 0 to {most}, like 1.5, not {value!r}."
        )
    return float(value)


def words(name: str, *, default: str) -> list[str]:
    """Return a comma-separated list, blanks dropped."""
    return [word.strip() for word in text(name, default=default).split(",") if word.strip()]


def choice(name: str, *, default: str, among: tuple[str, ...]) -> str:
    """Return one of the words `among`, whatever its case."""
    value = text(name, default=default)
    for word in among:
        if value.lower() == word.lower():
            return word
    raise ConfigurationError(f"{name} must be one of {', '.join(among)}, not {value!r}.")


def origins(name: str) -> list[str]:
    """Return a comma-separated list of origins, each as a browser writes it; default none."""
    found = words(name, default="")
    for origin in found:
        if not _ORIGIN.fullmatch(origin) or origin.endswith(_DEFAULT_PORTS[origin.split(":")[0]]):
            raise ConfigurationError(
                f"{name} must list origins like https://app.example.fr or http://localhost:3000, "
                f"without path, capital or default port, separated by commas, not {origin!r}."
            )
    return found


@dataclass(frozen=True)
class Smtp:
    """A mail server. `tls`: `tls` from the first byte, `starttls`, or empty for none."""

    host: str
    port: int
    user: str
    password: str
    tls: str


def public_url(name: str, *, default: str, mail: "Smtp | None") -> str:
    """Return where people reach this installation, without a slash at its end.

    Errors: `ConfigurationError` for anything but an origin, and for an address of this machine
    when mails go elsewhere: their links would lead their readers to their own.
    """
    value = text(name, default=default).rstrip("/")
    if not _ORIGIN.fullmatch(value):
        raise ConfigurationError(
            f"{name} must look like https://qualiforma.example.fr or http://127.0.0.1:8000, "
            f"without path or capital, not {value!r}."
        )
    host = urlsplit(value).hostname or ""
    if mail is not None and mail.host not in _LOOPBACK and host in _LOOPBACK:
        raise ConfigurationError(
            f"{name} is {value}, which only this machine can reach, but mails with links to it go "
            f"out through {mail.host}: set it to the address that people use."
        )
    return value


_SMTP = {"smtps": ("tls", 465), "smtp+starttls": ("starttls", 587), "smtp": ("", 25)}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def smtp(name: str) -> Smtp | None:
    """Return the mail server of `smtp+starttls://user:password@host:587`, None when unset.

    Errors: `ConfigurationError` for another shape, and for a password that would travel in clear.
    """
    value = text(name, default="")
    if not value:
        return None
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:  # half an IPv6 address, a port that is no number
        parts, port = urlsplit(""), -1
    if parts.scheme not in _SMTP or not parts.hostname or port == -1 or parts.path.strip("/"):
        raise ConfigurationError(
            f"{name} must look like smtp+starttls://user:password@host:587, smtps://… for TLS from "
            "the start, or smtp://host:25 without encryption."
        )
    tls, usual = _SMTP[parts.scheme]
    if parts.password and not tls and parts.hostname not in _LOOPBACK:
        raise ConfigurationError(
            f"{name} would send the password unencrypted: use smtp+starttls:// or smtps://."
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Smtp(parts.hostname, port or usual, user, password, tls)


def endpoint(name: str, *, needed: bool) -> str:
    """Return an address like `https://api.example/v1`, without a slash at its end; else empty.

    Errors: `ConfigurationError` when needed and missing, for another shape, and for one over which
    the key would travel in clear.
    """
    value = text(name, default="").rstrip("/")
    if not value and not needed:
        return ""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:  # half an IPv6 address, a port that is no number
        parts, port = urlsplit(""), -1
    clear = parts.scheme == "http" and parts.hostname in _LOOPBACK
    odd = parts.query or parts.fragment or "@" in parts.netloc or port == -1
    if not parts.hostname or odd or not (parts.scheme == "https" or clear):
        raise ConfigurationError(
            f"{name} must look like https://api.example.com/v1 (http:// on this machine only), "
            f"not {value!r}."
        )
    return value


def folder(name: str, *, default: Path) -> Path:
    """Return an absolute folder; it need not exist yet."""
    return Path(text(name, default=str(default))).expanduser().resolve()


def secret_key(home: Path) -> str:
    """Return the secret that signs tokens: `QUALIFORMA_SECRET_KEY`, else the file the demo made."""
    value = _given("QUALIFORMA_SECRET_KEY")
    kept = home / "secret_key"
    if not value and kept.is_file():
        value = kept.read_text().strip()
    if len(value) < SECRET_KEY_MIN_LENGTH:
        raise ConfigurationError(
            "Set QUALIFORMA_SECRET_KEY to a random text of at least "
            f"{SECRET_KEY_MIN_LENGTH} characters (`openssl rand -hex 32` makes one). For the data "
            f"of `make demo`, set QUALIFORMA_HOME as it was then: {home} holds no secret."
        )
    return value


def database(name: str, url: str) -> dict[str, Any]:
    """Turn `postgresql://user:password@host:port/name?sslmode=…` into Django's dictionary.

    Every connection then says instants in ISO's form, whatever the server or a role is set to: no
    other is read. libpq takes that from the environment; an address has no word for it.
    """
    os.environ["PGDATESTYLE"] = "ISO"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), -1
    if (
        parts.scheme not in {"postgresql", "postgres"}
        or not parts.username
        or not parts.path.strip("/")
        or port == -1
    ):
        raise ConfigurationError(
            f"{name} must look like postgresql://user:password@host:5432/database."
        )
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def optional_database(name: str, url: str) -> dict[str, Any] | None:
    """Return the same for an address that may be missing."""
    return database(name, url) if url else None


def pooler(name: str, address: dict[str, Any]) -> str:
    """Return how a pooler in front of an address hands sessions out, and fit the address to it."""
    mode = choice(name, default="session", among=("session", "transaction"))
    address["DISABLE_SERVER_SIDE_CURSORS"] = mode == "transaction"
    return mode


def sharded(name: str, *addresses: dict[str, Any] | None) -> bool:
    """Say whether the database is sharded, and give its connections what each of them needs then.

    Triggers on the tables of an organisation write inside its schema alone, hence on its node; what a
    transaction sets goes to the node with it.
    """
    is_sharded = flag(name, default=False)
    wanted = (
        "-c citus.enable_unsafe_triggers=on -c citus.propagate_set_commands=local "
        # A schema is made on the coordinator, then distributed; a node that is away is given up soon.
        "-c citus.enable_schema_based_sharding=off -c citus.node_connection_timeout=5s"
    )
    for address in addresses if is_sharded else ():
        if address is not None:
            given = address["OPTIONS"].get("options", "")
            address["OPTIONS"]["options"] = f"{wanted} {given}".rstrip()
    return is_sharded
