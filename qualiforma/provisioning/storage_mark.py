"""Whether this server's storage of files is the installation's: a mark there, compared with one in the database.

Two hosts with a disk each would both look well, and each lose what the other took.
"""

import io

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import ProgrammingError

from qualiforma.ids import new_token
from qualiforma.tenants.models import StorageMark

KEY = "storage-mark.txt"
# What the database has, once it was read: it never changes.
_known: list[str] = []


def is_shared() -> bool:
    """Say whether the mark here is the database's; also where no server has made one yet.

    Cost: one small file; one query per process. Errors: the storage's.
    """
    if not _known and (mark := _recorded()):
        _known.append(mark)
    return not _known or stored() == _known[0]


def ensure() -> bool:
    """Make the mark where there is none yet, then say whether both are the same.

    Of two hosts that start at once, the database keeps one's mark. Errors: the storage's.
    """
    try:
        if not _recorded():
            mark = stored() or _write(new_token())
            StorageMark.objects.bulk_create([StorageMark(pk=1, mark=mark)], ignore_conflicts=True)
    except ProgrammingError:  # the tables are not made yet: `/readyz` says so
        return True
    return is_shared()


def adopt() -> bool:
    """Write the database's mark to this storage; False where no server has made one yet."""
    mark = _recorded()
    if mark:
        default_storage.delete(KEY)
        _write(mark)
    return bool(mark)


def stored() -> str:
    """Return the storage's mark, nothing where it has none."""
    try:
        with default_storage.open(KEY) as file:
            return str(file.read(100).decode("ascii", "replace"))
    except FileNotFoundError:
        return ""


def _recorded() -> str:
    return StorageMark.objects.filter(pk=1).values_list("mark", flat=True).first() or ""


def _write(mark: str) -> str:
    default_storage.save(KEY, File(io.BytesIO(mark.encode())))
    return mark
