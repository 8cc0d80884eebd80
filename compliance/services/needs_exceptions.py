"""Errors that refuse a change to a needs analysis."""

from django.utils.translation import gettext_lazy as _

from qualiforma.errors import ConflictError


class AnalysisCompletedError(ConflictError):
    """A completed analysis is evidence; it does not change any more."""

    code = "NEEDS_ANALYSIS_COMPLETED"
    title = _("Cette analyse des besoins est validée et ne peut plus changer")
    members = {"current": "the analysis's status"}
