"""The files of Excel exports."""

from actionplans.exports.models import PlanExport
from qualiforma.stored_files.registry import register

register(PlanExport, "exports", key="file_key")
