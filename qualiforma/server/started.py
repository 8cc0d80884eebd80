"""Which web processes have loaded the application: a file each, named by the process."""

import os
from pathlib import Path

# Named by `serve`.
FOLDER = "QUALIFORMA_STARTED_FOLDER"


def say() -> None:
    """Signal that this process has loaded the application; other servers ignore it."""
    if folder := os.environ.get(FOLDER):
        Path(folder, str(os.getpid())).touch()


def has_said(process: int) -> bool:
    """Return whether that process has loaded it."""
    return Path(os.environ[FOLDER], str(process)).exists()
