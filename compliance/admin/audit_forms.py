"""Forms of audits and findings: what is planned, what is judged, what is notified."""

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from compliance.models import Audit, AuditJudgement, Evidence, Finding
from compliance.models.audits import COMMENT_MAX, JUDGEMENT_EVIDENCE_MAX
from compliance.services import AuditDraft, FindingDraft
from compliance.services.audits import is_major_only
from compliance.states import AuditKind, AuditStatus, EvidenceStatus, Judgement
from qualiforma.admin.form_fields import choice_field, model_choice_field
from qualiforma.admin.indicators import IndicatorsField
from qualiforma.admin.readable import ReadableForm
from qualiforma.qualiopi.grids import INDICATOR_MAX
from qualiforma.qualiopi.states import FindingSeverity
from qualiforma.training.admin.base import ExpectedVersionForm

AUDIT_FIELDS = ("kind", "audit_date", "auditor", "scope")
FINDING_FIELDS = ("indicator", "severity", "text", "notified_on", "audit")
FINDING_KEYS = {"audit": "audit_id"}
EVIDENCE_SHOWN = 20


class AuditForm(ExpectedVersionForm):
    """An audit and its scope; a new one may leave the scope to the rules."""

    scope = IndicatorsField(
        label=_("Indicateurs examinés"),
        required=False,
        help_text=_("Numéros séparés par des virgules. Vide : le périmètre habituel de cet audit."),
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = Audit
        fields = ("kind", "audit_date", "auditor")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            rows = self.instance.judgements.values_list("indicator", flat=True)
            self.initial["scope"] = list(rows)

    def clean_scope(self) -> list[int] | None:
        """Nothing is the default."""
        return list(dict.fromkeys(self.cleaned_data["scope"] or [])) or None

    def draft(self) -> AuditDraft:
        """Return the audit to be planned."""
        values = {name: self.cleaned_data[name] for name in AUDIT_FIELDS}
        return AuditDraft(**values | {"kind": AuditKind(values["kind"])})


class JudgementForm(ReadableForm, forms.Form):
    """What an audit says of one indicator: a row of the grid."""

    judgement = forms.ChoiceField(
        label=_("Appréciation"), choices=Judgement, widget=forms.RadioSelect
    )
    comment = forms.CharField(
        label=_("Commentaire"),
        required=False,
        max_length=COMMENT_MAX,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    evidence_ids = forms.MultipleChoiceField(
        label=_("Preuves vues"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, one: AuditJudgement, evidence: Iterable[Evidence], **kwargs: Any) -> None:
        super().__init__(
            prefix=f"i{one.indicator}",
            initial={
                "judgement": one.judgement,
                "comment": one.comment,
                "evidence_ids": one.evidence_ids,
            },
            **kwargs,
        )
        self.one = one
        choices: Any = Judgement.choices
        self.is_major_only = is_major_only(one.indicator, one.audit.grid)
        if self.is_major_only:
            choices = [pair for pair in choices if pair[0] != Judgement.MINOR]
        choice_field(self, "judgement").choices = choices
        named = {row.pk: row.title for row in evidence}
        named |= {key: key for key in one.evidence_ids if key not in named}
        choice_field(self, "evidence_ids").choices = list(named.items())

    def item(self) -> dict[str, Any]:
        """Return the row as `judge_indicators` takes it."""
        return {"indicator": self.one.indicator, **self.cleaned_data}


def evidence_of_grid(rows: Iterable[AuditJudgement], visible: Any) -> dict[int, list[Evidence]]:
    """Return the evidence that each row can name, the last first. Cost: one statement."""
    found: dict[int, list[Evidence]] = {one.indicator: [] for one in rows}
    named = {key for one in rows for key in one.evidence_ids}
    active = visible.filter(status=EvidenceStatus.ACTIVE, indicators__overlap=list(found))
    for evidence in (active | visible.filter(pk__in=named)).newest_first():
        for one in rows:
            is_named = evidence.pk in one.evidence_ids
            is_of_it = one.indicator in evidence.indicators
            if is_named or (is_of_it and len(found[one.indicator]) < EVIDENCE_SHOWN):
                found[one.indicator].append(evidence)
    return {number: few[:JUDGEMENT_EVIDENCE_MAX] for number, few in found.items()}


class FindingForm(ExpectedVersionForm):
    """A finding as it was notified."""

    indicator = forms.IntegerField(
        label=_("Indicateur"),
        min_value=1,
        max_value=INDICATOR_MAX,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "number"}),
    )
    audit = forms.ModelChoiceField(
        Audit.objects.none(),
        label=_("Audit"),
        required=False,
        empty_label=_("Sans audit"),
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = Finding
        fields = FINDING_FIELDS
        widgets: ClassVar = {"text": UnfoldAdminTextareaWidget(attrs={"rows": 4})}
        help_texts: ClassVar = {
            "notified_on": _(
                "Date à laquelle le certificateur vous l’a notifié : les délais courent à "
                "partir de ce jour."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "audit" in self.fields:
            begun = Audit.objects.exclude(status=AuditStatus.PLANNED).newest_first()
            model_choice_field(self, "audit").queryset = begun

    def changes(self) -> dict[str, Any]:
        """Return what was changed, as `change_finding` takes it."""
        given = self.given(*FINDING_FIELDS)
        return {FINDING_KEYS.get(name, name): value for name, value in given.items()}

    def draft(self) -> FindingDraft:
        """Return the finding to be entered."""
        values = {FINDING_KEYS.get(name, name): self.value_of(name) for name in FINDING_FIELDS}
        return FindingDraft(**values | {"severity": FindingSeverity(values["severity"])})


class DayForm(forms.Form):
    """The day of a correction, or of the certifier's answer."""

    day = forms.DateField(label=_("Date"), widget=UnfoldAdminDateWidget)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"day": timezone.localdate()})

    @property
    def given(self) -> date:
        """The day, once the form is valid."""
        day: date = self.cleaned_data["day"]
        return day
