from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from compliance.models import Evidence
from compliance.models.evidence import FILE_NAME_MAX, NOTE_MAX, REASON_MAX
from compliance.services import EvidenceDraft
from compliance.services.evidence import VALIDITY
from compliance.states import EvidenceKind, ReviewVerdict
from qualiforma.admin.indicators import IndicatorsField
from qualiforma.admin.people import offer_people
from qualiforma.admin.readable import ReadableForm
from qualiforma.admin.uploads import FreeOfPersonalDataField, UploadField
from qualiforma.training.admin.base import ExpectedVersionForm

FIELDS = (
    *("document_date", "title", "author", "indicators", "owner"),
    *("valid_from", "valid_until", "description", "url", "confidential"),
    *("record_type", "record_id"),
)
KEYS = {"owner": "owner_id"}


class EvidenceForm(ExpectedVersionForm):
    """What the register says of a piece of evidence."""

    indicators = IndicatorsField(
        label=_("Indicateurs Qualiopi"),
        help_text=_("Numéros séparés par des virgules."),
        widget=UnfoldAdminTextInputWidget,
    )
    valid_from = forms.DateField(
        label=_("Valable du"),
        required=False,
        help_text=_("Si vide : à partir de la date du document."),
        widget=UnfoldAdminDateWidget,
    )
    file = UploadField(label=_("Fichier"), required=False, max_length=FILE_NAME_MAX)
    free_of_personal_data = FreeOfPersonalDataField()

    class Meta:
        model = Evidence
        fields = (*FIELDS, "kind")
        widgets: ClassVar = {
            "description": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            "record_type": forms.HiddenInput,
            "record_id": forms.HiddenInput,
        }
        help_texts: ClassVar = {
            "valid_until": _("Si vide : sans date de fin."),
            "confidential": _(
                "Un auditeur n’en lit que le titre, les dates et l’empreinte des fichiers."
            ),
            "url": _("Pour un lien : l’adresse de la page."),
            "description": _("Pour une déclaration : son texte."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields and not self["record_id"].value():
            kind: Any = self.fields["kind"]  # a record is proof where one comes from its page
            kind.choices = [one for one in kind.choices if one[0] != EvidenceKind.RECORD]
        if "owner" not in self.fields:
            return  # to be read only
        field: Any = self.fields["owner"]
        offer_people(field, self.instance.owner_id)
        if self.instance._state.adding:
            field.required = False
            field.help_text = _("Si vide : vous-même.")

    def clean(self) -> Any:
        """A file is filed with its evidence: without one an auditor would be shown nothing."""
        given = super().clean()
        is_new_file = (
            self.instance._state.adding and self.cleaned_data.get("kind") == EvidenceKind.FILE
        )
        if is_new_file and not (self.cleaned_data.get("file") or "file" in self.errors):
            self.add_error("file", _("Choisissez le fichier à ajouter."))
        return given

    def clean_indicators(self) -> list[int]:
        return list(dict.fromkeys(self.cleaned_data["indicators"]))

    def changes(self) -> dict[str, Any]:
        """Return what was changed, as `change_evidence` takes it."""
        changed = {KEYS.get(name, name): value for name, value in self.given(*FIELDS).items()}
        if changed.get("valid_from", True) is None:
            changed["valid_from"] = self.cleaned_data["document_date"]
        return changed

    def draft(self) -> EvidenceDraft:
        """Return the evidence to be added."""
        names = (*FIELDS, "kind")
        values = {KEYS.get(name, name): self.value_of(name) for name in names}
        return EvidenceDraft(**values | {"kind": EvidenceKind(values["kind"])})


class VersionForm(ReadableForm, forms.Form):
    """A new file, and what it changes of the dates."""

    file = UploadField(label=_("Nouveau fichier"), max_length=FILE_NAME_MAX)
    free_of_personal_data = FreeOfPersonalDataField()
    valid_until = forms.DateField(
        label=_("Valable jusqu’au"),
        required=False,
        help_text=_("Si vide : sans date de fin."),
        widget=UnfoldAdminDateWidget,
    )
    note = forms.CharField(
        label=_("Remarque"),
        required=False,
        max_length=NOTE_MAX,
        widget=UnfoldAdminTextInputWidget,
    )

    def validity(self) -> dict[str, Any]:
        """Return the dates that the new file changes."""
        return {name: self.cleaned_data[name] for name in VALIDITY if name in self.cleaned_data}


class ReviewForm(ReadableForm, forms.Form):
    """What a review says."""

    verdict = forms.ChoiceField(
        label=_("Avis"), choices=ReviewVerdict.choices, widget=UnfoldAdminSelectWidget
    )
    comment = forms.CharField(
        label=_("Commentaire"),
        required=False,
        max_length=NOTE_MAX,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class WithdrawalForm(ReadableForm, forms.Form):
    """Why a piece of evidence is withdrawn."""

    reason = forms.CharField(
        label=_("Motif du retrait"),
        max_length=REASON_MAX,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
