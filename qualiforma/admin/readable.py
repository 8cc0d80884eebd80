"""Texts typed in the back-office, held to what the API takes."""

from typing import Any

from django import forms
from rest_framework.exceptions import ValidationError

from qualiforma.api.serializers import Text

_text = Text()


class ReadableForm(forms.BaseForm):
    """A form that refuses unreadable texts: control characters, or only invisible ones."""

    def full_clean(self) -> None:
        super().full_clean()
        for name, value in list(getattr(self, "cleaned_data", {}).items()):
            texts = value if isinstance(value, list) else [value]
            refused = [said for one in texts for said in _refusal(one)]
            if refused:
                self.add_error(name, refused[0])


def _refusal(value: Any) -> list[str]:
    """Return what the API would say of a text; nothing of an empty one, which is the field's affair."""
    try:
        if isinstance(value, str) and value:
            _text.run_validation(value)
    except ValidationError as refusal:
        return [str(one) for one in refusal.detail]
    return []
