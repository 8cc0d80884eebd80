"""Imports themselves are not evidence; what they write is, under its own actions."""

from qualiforma.audit import leave_out
from qualiforma.training.exchange.models import ImportedRow, RecordImport, TableCopy

leave_out(
    RecordImport,
    ImportedRow,
    because="a file on its way; each row it writes is an entry, and each piece of the import",
)
leave_out(TableCopy, because="no row is ever kept: inserting one copies a table for a trial")
