"""Imports themselves are not evidence; what they write is, under its own actions."""

from qualiforma.audit import exclude
from qualiforma.training.importing.models import ImportedRow, RecordImport, TableCopy

exclude(
    RecordImport,
    ImportedRow,
    because="a file on its way; each row it writes is an entry, and each piece of the import",
)
exclude(TableCopy, because="no row is ever kept: inserting one copies a table for a trial")
