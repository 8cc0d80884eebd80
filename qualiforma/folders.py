"""Files in a folder: Django's way to it, which leaves no half of a file where the disk is full.

A saved file outlasts a power cut, as does the row that names it and is committed after it.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class FolderStorage(FileSystemStorage):
    """A folder. Errors: `OSError`, which is an outage where the disk takes no more (`qualiforma.outages`)."""

    def _save(self, name: str, content: Any) -> str:
        """Write the file whole and to the disk itself, or nothing of it.

        A file that is there already is another's: of two that store under one name at once, Django
        gives the second another name.
        """
        path = Path(self.path(name))
        is_anothers = path.exists()
        try:
            saved: str = super()._save(name, content)  # type: ignore[misc]  # the stubs leave it out
            path, is_anothers = Path(self.path(saved)), False
            self._sync(path)
        except BaseException:
            if not is_anothers:
                with suppress(OSError):
                    path.unlink()
            raise
        return saved

    def _sync(self, path: Path) -> None:
        """Have the disk hold the file and its name, and those of the folders that lead to it."""
        sync(path)
        root = Path(self.location)
        for folder in path.parents:
            try:
                sync(folder)
            except OSError as error:
                if error.errno != errno.EINVAL:  # what some network file systems answer for folders
                    raise
            if folder == root:
                break


def sync(path: Path) -> None:
    """Have the disk hold a file, or a folder's own list of names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
