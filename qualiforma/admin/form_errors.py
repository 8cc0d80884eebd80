"""What a service refused, shown where the person can mend it."""

from django.forms import BaseForm

from qualiforma.errors import InvalidFieldsError, RuleError


def add_errors_to_form(form: BaseForm, refusal: RuleError) -> None:
    """Put each field's error at its field; what has no field here, at the head of the form."""
    if not isinstance(refusal, InvalidFieldsError):
        form.add_error(None, str(refusal.detail))
        return
    for error in refusal.errors:
        name = error.field.split("[")[0].split(".")[0]
        here = next(
            (one for one in (name, f"{name}_id", name.removesuffix("_id")) if one in form.fields),
            None,
        )
        form.add_error(here, str(error.detail))
