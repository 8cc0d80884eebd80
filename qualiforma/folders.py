"""Files in a folder: Django's way to it, which leaves no half of a file where the disk is full."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class FolderStorage(FileSystemStorage):
    """A folder. Errors: `OSError`, which is an outage where the disk takes no more (`qualiforma.outages`)."""

    def _save(self, name: str, content: Any) -> str:
        """Write the file whole, or nothing of it.

        A file that is there already is another's: of two that store under one name at once, Django
        gives the second another name.
        """
        path = Path(self.path(name))
        is_anothers = path.exists()
        try:
            saved: str = super()._save(name, content)  # type: ignore[misc]  # the stubs leave it out
        except BaseException:
            if not is_anothers:
                with suppress(OSError):
                    path.unlink()
            raise
        return saved
