"""How the commands end: 0 done, 1 refused, 2 wrong usage or configuration."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from qualiforma.errors import InvalidFieldsError, RuleError

EXIT_STATUS = "Exit status: 0 done, 1 refused, 2 wrong usage or configuration."


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what a rule refuses into the command's one line on standard error, exit status 1."""
    try:
        yield
    except InvalidFieldsError as error:
        raise CommandError(
            "; ".join(f"{refused.field}: {refused.detail}" for refused in error.errors)
        ) from error
    except RuleError as error:
        facts = ", ".join(f"{name}: {value}" for name, value in error.facts.items() if value)
        raise CommandError(f"{error.detail} ({facts})" if facts else str(error.detail)) from error
