"""The files of imports: what was uploaded, and the report of the refused rows."""

from qualiforma.stored_files.registry import register
from qualiforma.training.exchange.models import RecordImport

for key in ("upload_key", "report_key"):
    register(RecordImport, "imports", key=key, size="", sha256="")
