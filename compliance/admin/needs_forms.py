from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from compliance.models import NeedsAnalysis
from compliance.services import NeedsDraft
from compliance.states import AnalysisStatus
from qualiforma.training.admin.base import Lines, SeenForm

FIELDS = (
    *("company", "enrollment", "objectives", "current_level", "target_level", "context"),
    *("funding_source", "third_party_analysis", "accessibility_needs"),
)
KEYS = {"company": "company_id", "enrollment": "enrollment_id"}


class NeedsForm(SeenForm):
    """An analysis being entered, or a draft; one objective on each line."""

    objectives = Lines(
        label=_("objectifs"),
        help_text=_("Un par ligne, 20 au plus."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )

    class Meta:
        model = NeedsAnalysis
        fields = (*FIELDS, "status")
        widgets: ClassVar = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 3})
            for name in ("context", "third_party_analysis", "accessibility_needs")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields:
            self.initial["status"] = AnalysisStatus.DRAFT

    def changes(self) -> dict[str, Any]:
        """Return what was changed, as `change_analysis` takes it."""
        return {KEYS.get(name, name): value for name, value in self.given(*FIELDS).items()}

    def draft(self) -> NeedsDraft:
        """Return the analysis to be entered."""
        values = {KEYS.get(name, name): self.value_of(name) for name in (*FIELDS, "status")}
        return NeedsDraft(**values)
