"""The pages of compliance records under `/admin/`."""

from compliance.admin import (
    evidence,
    information,
    needs,
    organisation,
    paths,
    readiness,
    timeline,
)

__all__ = ["evidence", "information", "needs", "organisation", "paths", "readiness", "timeline"]
