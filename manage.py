#!/usr/bin/env python
"""Entry point of every management command."""

import gc
import os
import sys

from qualiforma.env import ConfigurationError


def main() -> None:
    """Run one command; a wrong configuration ends with one sentence and exit status 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qualiforma.settings")
    gc.disable()  # what is loaded at start is no garbage; to look through it takes an eighth of the start
    import django
    from django.core.management import execute_from_command_line

    try:
        from qualiforma.audit.sources import of_command, set_default_source

        set_default_source(of_command(sys.argv))
        django.setup()
        gc.freeze()
        gc.enable()
        execute_from_command_line(sys.argv)
    except ConfigurationError as error:
        sys.stderr.write(f"qualiforma: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
