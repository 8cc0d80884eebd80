"""What exports hold about people."""

from qualiforma.exports.models import FileExport, Progress
from qualiforma.personal_data_registry import TECHNICAL, exclude, register

register(
    FileExport,
    purpose="Préparer les fichiers demandés et en tenir la liste",
    retention=TECHNICAL,
    named=("requested_by",),
)
exclude(Progress, because="counters of work under way")
