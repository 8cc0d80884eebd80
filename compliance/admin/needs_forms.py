from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from compliance.models import NeedsAnalysis
from compliance.models.needs import OBJECTIVE_MAX, OBJECTIVES_MAX
from compliance.services import NeedsDraft
from compliance.states import AnalysisStatus
from qualiforma.training.admin.base import ExpectedVersionForm, Lines

FIELDS = (
    *("company", "enrollment", "objectives", "current_level", "target_level", "context"),
    *("funding_source", "third_party_analysis", "accessibility_needs"),
)
KEYS = {"company": "company_id", "enrollment": "enrollment_id"}


class NeedsForm(ExpectedVersionForm):
    """An analysis being entered, or a draft; one objective on each line."""

    objectives = Lines(
        label=_("Objectifs"),
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
        help_texts: ClassVar = {
            "third_party_analysis": _(
                "Qui d’autre a analysé le besoin, et ce qui en est ressorti."
            ),
            "accessibility_needs": _(
                "Visible uniquement par les responsables qualité et l’auteur de l’analyse."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields:
            self.initial["status"] = AnalysisStatus.DRAFT
            for name in ("current_level", "target_level"):  # neither is anybody's by default
                field: Any = self.fields[name]
                field.choices = [("", "—"), *field.choices]

    def clean_objectives(self) -> list[str]:
        """Return what the API would take: so many, and so long."""
        given: list[str] = self.cleaned_data["objectives"]
        if not 1 <= len(given) <= OBJECTIVES_MAX:
            raise ValidationError(_("Indiquez de 1 à %d objectifs.") % OBJECTIVES_MAX)
        if any(len(one) > OBJECTIVE_MAX for one in given):
            raise ValidationError(_("%d caractères au plus par objectif.") % OBJECTIVE_MAX)
        return given

    def changes(self) -> dict[str, Any]:
        """Return what was changed, as `change_analysis` takes it."""
        return {KEYS.get(name, name): value for name, value in self.given(*FIELDS).items()}

    def draft(self) -> NeedsDraft:
        """Return the analysis to be entered."""
        values = {KEYS.get(name, name): self.value_of(name) for name in (*FIELDS, "status")}
        return NeedsDraft(**values)
