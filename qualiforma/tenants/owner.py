"""The owner's database role: for migrating and provisioning, never for serving.

django-tenants migrates only through the alias `default`, hence that alias is pointed at the owner
for the length of a block instead of a second alias being used. The alias' settings belong to the
whole process: commands and the provisioning worker use this, a web process never does.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from qualiforma.env import ConfigurationError


@contextmanager
def as_owner() -> Iterator[None]:
    """Run a block on the owner's connection, then go back to the application role's.

    Errors: `ConfigurationError` when `DATABASE_OWNER_URL` is not set, or inside a transaction.
    """
    if settings.DATABASE_OWNER is None:
        raise ConfigurationError(
            "Set DATABASE_OWNER_URL to the address of the role that owns the database."
        )
    if connection.in_atomic_block:
        raise RuntimeError("The owner's connection cannot be opened inside a transaction.")
    application = dict(connection.settings_dict)
    if application["USER"] == settings.DATABASE_OWNER["USER"]:
        yield  # an outer block opened it already
        return
    connection.close()
    connection.settings_dict.update(settings.DATABASE_OWNER)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update({key: application[key] for key in settings.DATABASE_OWNER})
