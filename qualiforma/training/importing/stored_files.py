"""The files of imports: what was uploaded, and the report of the refused rows."""

from qualiforma.stored_files.registry import register
from qualiforma.training.importing.models import RecordImport

register(RecordImport, "imports", key="upload_key", size="")
register(RecordImport, "imports", key="report_key", size="", sha256="report_sha256")
