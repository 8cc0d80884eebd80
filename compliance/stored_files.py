"""The files of the evidence register."""

from compliance.models import EvidenceVersion
from qualiforma.stored_files.registry import register

register(EvidenceVersion, "evidence")
