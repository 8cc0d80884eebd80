"""The pages of compliance records under `/admin/`."""

from compliance.admin import (
    audits,
    bundles,
    evidence,
    evidence_links,
    findings,
    information,
    needs,
    onboarding,
    organisation,
    paths,
    readiness,
    timeline,
)

__all__ = [
    "audits",
    "bundles",
    "evidence",
    "evidence_links",
    "findings",
    "information",
    "needs",
    "onboarding",
    "organisation",
    "paths",
    "readiness",
    "timeline",
]
