"""The pages of compliance records under `/admin/`."""

from compliance.admin import evidence, needs, paths, readiness, timeline

__all__ = ["evidence", "needs", "paths", "readiness", "timeline"]
