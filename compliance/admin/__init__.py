"""The pages of compliance records under `/admin/`."""

from compliance.admin import evidence, needs, paths, timeline

__all__ = ["evidence", "needs", "paths", "timeline"]
