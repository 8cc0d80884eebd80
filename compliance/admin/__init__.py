"""The pages of compliance records under `/admin/`."""

from compliance.admin import (
    bundles,
    evidence,
    information,
    needs,
    organisation,
    paths,
    readiness,
    timeline,
)

__all__ = [
    "bundles",
    "evidence",
    "information",
    "needs",
    "organisation",
    "paths",
    "readiness",
    "timeline",
]
