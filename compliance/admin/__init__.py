"""The pages of compliance records under `/admin/`."""

from compliance.admin import evidence, information, needs, paths, readiness, timeline

__all__ = ["evidence", "information", "needs", "paths", "readiness", "timeline"]
