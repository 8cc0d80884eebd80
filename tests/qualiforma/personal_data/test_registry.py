"""No model of an organisation without a word on what it holds about people."""

import pytest
from django.apps import apps
from django.core.management import call_command

from qualiforma.accounts.models import User
from qualiforma.personal_data_registry import is_text, left_out, registered
from qualiforma.provisioning.templates import tenant_labels

MODELS = [
    model
    for label in tenant_labels()
    for model in apps.get_app_config(label).get_models(include_auto_created=True)
]


def test_every_model_is_registered_or_left_out_with_a_reason():
    assert set(registered) | set(left_out) == set(MODELS)
    assert not set(registered) & set(left_out)
    assert all(left_out.values())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_key_to_a_user_says_what_the_user_is_to_the_row(model):
    keys = {one.name for one in model._meta.concrete_fields if one.related_model is User}
    data = registered.get(model)
    said = {*data.about, *data.named} if data else set()
    assert keys == {name for name in said if "__" not in name and name != "pk"}


@pytest.mark.parametrize("data", registered.values(), ids=lambda one: one.model._meta.label)
def test_what_is_registered_exists(data):
    assert data.purpose
    columns = {*data.named, *data.blanked, *data.sensitive, *data.secret}
    columns |= {name for pair in data.contacts for name in pair if name}
    assert columns <= {one.name for one in data.model._meta.concrete_fields}
    data.rows_about("usr_x", ["x@x.fr"])  # each lookup leads somewhere
    assert not data.sensitive or data.over
    for pair in data.contacts:
        assert not pair[0] or data.over, "a contact's name is purged by what is over"


# Texts of programs: names of models, of rights, of types of records.
KNOWN = {
    *("audit.auditevent", "audit.auditentry", "contenttypes.contenttype", "auth.permission"),
    *("auth.group", "sessions.session", "exchange.tablecopy"),
    *("webhooks.webhookevent", "webhooks.webhookdelivery", "followup.remindersettings"),
}


def test_what_is_left_out_has_no_text_of_people():
    """A free text that somebody adds to such a model is to be thought about."""
    found = {one for one in left_out if any(map(is_text, one._meta.concrete_fields))}
    assert {model._meta.label_lower for model in found} == KNOWN


def test_the_register_of_processing_is_current():
    call_command("document_personal_data", "--check")
