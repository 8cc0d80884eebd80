"""Imports themselves are not evidence; what they write is, under its own actions."""

from qualiforma.audit import leave_out
from qualiforma.training.exchange.models import RecordImport

leave_out(RecordImport, because="a file on its way; each row it writes is an entry, and the import")
