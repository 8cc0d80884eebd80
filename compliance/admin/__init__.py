"""The pages of compliance records under `/admin/`."""

from compliance.admin import needs, paths, timeline

__all__ = ["needs", "paths", "timeline"]
