"""The files of the evidence register, and the organisation's logo."""

from compliance.models import EvidenceVersion, OrganisationProfile
from qualiforma.stored_files.registry import register

register(EvidenceVersion, "evidence")
register(OrganisationProfile, "organisation", key="logo", size="", sha256="logo_sha256")
