"""The pages of compliance records under `/admin/`."""

from compliance.admin import paths, timeline

__all__ = ["paths", "timeline"]
