"""Files in a folder: Django's way to it, which leaves no half of a file where the disk is full.

A saved file outlasts a power cut, as does the row that names it and is committed after it. And folders
for what is being made, which outlast no process that is killed for longer than until the next one.
"""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
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


@contextmanager
def scratch_folder(parent: Path, prefix: str, *, leavings: str) -> Iterator[Path]:
    """Yield a new folder for as long as the block; first remove those of killed processes.

    `leavings`: what their names look like, a pattern. A folder is locked while its process lives: the
    system releases the lock, whatever ends it. What has another name by the end stays.
    Errors: `OSError` where nothing can be made there.
    """
    for left in parent.glob(leavings):
        with suppress(OSError), _locked(left, fcntl.LOCK_NB):
            shutil.rmtree(left)
    with _new_locked(parent, prefix) as folder:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def temporary_folder(name: str) -> AbstractContextManager[Path]:
    """Return the same in the machine's folder for temporary files; those of one name are of one kind."""
    prefix = f"qualiforma-{name}-"
    return scratch_folder(Path(tempfile.gettempdir()), prefix, leavings=f"{prefix}*")


@contextmanager
def _new_locked(parent: Path, prefix: str) -> Iterator[Path]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        with _locked(folder):
            if folder.exists():  # else another process found it in the moment before it was locked
                yield folder
                return


@contextmanager
def _locked(folder: Path, how: int = 0) -> Iterator[None]:
    """Hold a folder's lock. Errors: `OSError` where another process has it and `how` is not to wait."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | how)
        yield
    finally:
        os.close(descriptor)
