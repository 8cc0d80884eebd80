"""Checks of the whole configuration, with stable ids."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def two_roles(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse one role for both: an application that owns its tables could change their triggers."""
    owner = settings.DATABASE_OWNER
    if owner and owner["USER"] == settings.DATABASE_APPLICATION_ROLE:
        return [
            Error(
                "DATABASE_URL and DATABASE_OWNER_URL name the same database role.",
                hint="Give the application a role of its own that owns nothing.",
                id="qualiforma.E001",
            )
        ]
    return []
