"""The form field of an uploaded file: dropped on a page or chosen, checked by a service."""

from collections.abc import Collection
from typing import Any, ClassVar

from django import forms
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanWidget

from qualiforma.uploads import KINDS, UPLOAD_MAX_BYTES, FileKind


class FileInput(forms.ClearableFileInput):
    """A browser's own input; a script of ours lets files be dropped on all of its frame."""

    template_name = "backoffice/file_input.html"

    class Media:
        js: ClassVar = ["backoffice/dropzone.js"]

    def __init__(
        self, kinds: Collection[FileKind] = KINDS, max_bytes: int = UPLOAD_MAX_BYTES
    ) -> None:
        extensions = [f".{one}" for kind in kinds for one in kind.extensions]
        super().__init__({"accept": ",".join(extensions), "data-most": max_bytes})

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        return context | {"megabytes": self.attrs["data-most"] // 1024**2}

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """By the project's templates: forms' own renderer does not look there."""
        return render_to_string(self.template_name, self.get_context(name, value, attrs))


class UploadField(forms.FileField):
    """Leaves it to the service to say what is wrong with a file."""

    widget = FileInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", _("PDF, PNG, JPEG, XLSX ou DOCX, 20 Mo au plus."))
        super().__init__(allow_empty_file=True, **options)


class FreeOfPersonalDataField(forms.BooleanField):
    """Whether an audit bundle that hides names may hold the file."""

    widget = UnfoldBooleanWidget

    def __init__(self) -> None:
        super().__init__(
            label=_("Ce fichier ne nomme personne"),
            required=False,
            help_text=_("Il peut alors figurer dans un dossier d’audit sans les noms."),
        )
