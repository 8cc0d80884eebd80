"""What stops a whole file, and what stops one cell."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from qualiforma.errors import ConflictError, UnprocessableError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class UnreadableFileError(UnprocessableError):
    """A file that is no table of the records it is said to hold."""

    code = "UNREADABLE_FILE"
    title = _("Fichier illisible")
    # The headings that were found, where saying what they mean may help.
    headings: Sequence[str] = ()


class ImportStateError(ConflictError):
    """An import is confirmed once, after its check; one that was interrupted may go on."""

    code = "IMPORT_STATE"
    title = _("Cet import n’attend pas de confirmation")
    members = {"current": "the import's status"}


class CellError(Exception):
    """One value that is not taken, and why. `column` where it is not the one being read."""

    def __init__(self, reason: "StrOrPromise", column: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column


class UnknownRecordError(CellError):
    """A value that names a record that is not there, and could be created.

    Shape: `kind` as imports name it; `given` is what the value itself says of it, by field;
    `rank` is its place among the values of one cell, below 0 where another column names the same.
    """

    rank = 0

    def __init__(self, reason: "StrOrPromise", kind: str, given: "Mapping[str, str]") -> None:
        super().__init__(reason)
        self.kind = kind
        self.given = given
