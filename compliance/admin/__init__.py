"""The pages of compliance records under `/admin/`."""

from compliance.admin import evidence, needs, organisation, paths, readiness, timeline

__all__ = ["evidence", "needs", "organisation", "paths", "readiness", "timeline"]
