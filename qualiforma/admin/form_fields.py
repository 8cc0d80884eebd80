"""A form's fields by their kind: `form.fields` itself says only that they are fields."""

from typing import Any, cast

from django import forms


def name_in_row(form: forms.BaseForm) -> None:
    """Say the names of its fields in each row: to a screen reader the column's head is no label."""
    for field in form.fields.values():
        field.widget.attrs["aria-label"] = str(field.label)
        if field.required:
            field.widget.attrs["aria-required"] = "true"


def choice_field(form: forms.BaseForm, name: str) -> forms.ChoiceField:
    """Return a field with choices."""
    return cast("forms.ChoiceField", form.fields[name])


def model_choice_field(form: forms.BaseForm, name: str) -> "forms.ModelChoiceField[Any]":
    """Return a field whose choices are rows."""
    return cast("forms.ModelChoiceField[Any]", form.fields[name])
