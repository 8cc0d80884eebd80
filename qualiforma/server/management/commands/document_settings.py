"""Write the settings reference and the example of an environment file."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.server.variables import GROUPS, Variable

PAGE = settings.BASE_DIR / "docs" / "operating" / "settings.md"
EXAMPLE = settings.BASE_DIR / "deploy" / "qualiforma.env.example"
HEAD = """# Settings

Environment variables; a missing or malformed one stops the start with a sentence that says what to set. Each may be in a file instead:
`DATABASE_URL_FILE=/run/secrets/database_url` is read as `DATABASE_URL`. Use that for the secret ones. This page is written by
`manage.py document_settings`.
"""
EXAMPLE_HEAD = """# QualiForma's environment: copy it, fill it in, readable by its account alone.
# docs/operating/settings.md says more of each; NAME_FILE instead of NAME reads a file.
"""


class Command(BaseCommand):
    """Exit status 1 with `--check` when a file is not what the code says."""

    help = "Write docs/operating/settings.md and deploy/qualiforma.env.example, or check them with --check."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, compare")

    def handle(self, *args: Any, **options: Any) -> None:
        for path, text in ((PAGE, "".join(page())), (EXAMPLE, "".join(example()))):
            if not options["check"]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            elif path.read_text(encoding="utf-8") != text:
                raise CommandError(f"{path.name} is not current; run document_settings.")


def page() -> Iterator[str]:
    """Yield the reference. Shape: Markdown, a table per group."""
    yield HEAD
    for title, variables in GROUPS.items():
        yield f"\n## {title}\n\n| Variable | Default | Meaning |\n| --- | --- | --- |\n"
        for one in variables:
            secret = " **Secret.**" if one.is_secret else ""
            yield f"| `{one.name}` | {_default(one)} | {one.meaning}{secret} |\n"


def example() -> Iterator[str]:
    """Yield the environment file: what most set stands open, the rest as comments."""
    yield EXAMPLE_HEAD
    for title, variables in GROUPS.items():
        yield f"\n# --- {title}\n"
        for one in variables:
            if one.name.endswith(("DEBUG", "DEMO_PASSWORD", "MAIL_ECHO")):
                continue
            value = one.example or one.default
            is_open = one.is_needed or one.example
            yield f"{'' if is_open else '#'}{one.name}={'' if ' ' in one.default and not one.example else value}\n"


def _default(variable: Variable) -> str:
    if variable.is_needed:
        return "none, needed"
    return f"`{variable.default}`" if variable.default else "none"
