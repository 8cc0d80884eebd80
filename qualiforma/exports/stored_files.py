"""The files of exports of records."""

from qualiforma.exports.models import FileExport
from qualiforma.stored_files.registry import register

register(FileExport, "downloads", key="file_key")
