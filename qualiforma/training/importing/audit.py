"""Imports themselves are not evidence; what they write is, under its own actions."""

from qualiforma.audit import exclude
from qualiforma.training.importing.models import (
    HeadingMapping,
    ImportedRow,
    RecordImport,
    TableCopy,
)

exclude(
    RecordImport,
    ImportedRow,
    because="a file on its way; each row it writes is an entry, and each piece of the import",
)
exclude(HeadingMapping, because="how headings are read; each import shows it before it writes")
exclude(TableCopy, because="no row is ever kept: inserting one copies a table for a trial")
