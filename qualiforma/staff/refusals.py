"""What a service refused, shown where the person can mend it."""

from django.forms import BaseForm

from qualiforma.errors import InvalidFieldsError, RuleError


def place_refusal(form: BaseForm, refusal: RuleError) -> None:
    """Put each field's error at its field; what has no field here, at the head of the form."""
    if not isinstance(refusal, InvalidFieldsError):
        form.add_error(None, str(refusal.detail))
        return
    for error in refusal.errors:
        name = error.field.split("[")[0].split(".")[0]
        form.add_error(name if name in form.fields else None, str(error.detail))
