"""The owner's database role: for migrating and provisioning, never for serving.

django-tenants migrates only through the alias `default`, hence that alias is pointed at the owner
for the length of a block instead of a second alias being used. The alias' settings belong to the
whole process: commands and the provisioning worker use this, a web process never does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

from qualiforma.env import ConfigurationError


def owner_address() -> dict[str, Any]:
    """Return the owner's address as libpq names its parts, for connections beside Django's.

    Errors: `ConfigurationError` when `DATABASE_OWNER_URL` is not set.
    """
    return libpq_address(_owner())


def libpq_address(database: dict[str, Any]) -> dict[str, Any]:
    """Turn Django's dictionary (`qualiforma.env.database`) into libpq's names."""
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host"}
    parts = {name: database[key] for key, name in (names | {"PORT": "port"}).items()}
    return {name: value for name, value in (parts | database["OPTIONS"]).items() if value}


def _owner() -> dict[str, Any]:
    if settings.DATABASE_OWNER is None:
        raise ConfigurationError(
            "Set DATABASE_OWNER_URL to the address of the role that owns the database."
        )
    owner: dict[str, Any] = settings.DATABASE_OWNER
    return owner


@contextmanager
def as_owner() -> Iterator[None]:
    """Run a block on the owner's connection, then go back to the application role's.

    Errors: `ConfigurationError` when `DATABASE_OWNER_URL` is not set, or inside a transaction.
    """
    owner = _owner()
    if connection.in_atomic_block:
        raise RuntimeError("The owner's connection cannot be opened inside a transaction.")
    application = dict(connection.settings_dict)
    if application["USER"] == owner["USER"]:
        yield  # an outer block opened it already
        return
    connection.close()
    connection.settings_dict.update(owner)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update({key: application[key] for key in owner})
