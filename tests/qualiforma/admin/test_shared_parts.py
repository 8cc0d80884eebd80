"""Parts that pages share are the same bytes as Django makes, and hold nothing of one organisation."""

import re
from collections import OrderedDict
from types import SimpleNamespace
from typing import Any

import pytest
from django.forms import NumberInput, TextInput, Widget
from django.forms.models import BaseInlineFormSet
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, trans_real

from qualiforma.admin import kept_filters, kept_forms, kept_texts, plain_inputs
from qualiforma.admin.records import RecordAdmin
from qualiforma.admin.rows import KeptChangeList
from qualiforma.admin.site import site
from qualiforma.tenants.context import tenant_context
from tests.admin_client import entered
from tests.cast import ALICE, AUDREY, CHARLIE
from tests.improvements.factories import make_action, make_complaint, make_plan
from tests.improvements.pages import LIST, page_of

FRESH = re.compile(
    r'(name="csrfmiddlewaretoken" value|nonce|data-csrf|content)="[^"]*"|req_[0-9a-f]+'
)
LISTS = [
    f"/admin/{one.model._meta.app_label}/{one.model._meta.model_name}/"
    for one in site._registry.values()
    if isinstance(one, RecordAdmin)
]


def pages(client, paths):
    found = {}
    for path in paths:
        answer = client.get(path)
        found[path] = (answer.status_code, FRESH.sub("", answer.content.decode()))
    return found


class Forgetting(OrderedDict[Any, Any]):
    """What is kept nowhere."""

    def __setitem__(self, key, value):
        """Keep nothing."""


def as_django_makes_them(monkeypatch):
    monkeypatch.setattr(Widget, "_render", plain_inputs._by_template)
    monkeypatch.setattr(BaseInlineFormSet, "empty_form", kept_forms.EMPTY)
    monkeypatch.setattr(kept_filters, "_kept", Forgetting())
    monkeypatch.setattr(KeptChangeList, "shape", None)
    monkeypatch.setattr(kept_filters, "_rendered", kept_filters.by_template)
    monkeypatch.setattr(kept_texts._functions, "gettext", trans_real.gettext)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("person", [ALICE, AUDREY], ids=lambda one: one.role)
def test_pages_are_the_same_bytes(acme, monkeypatch, person, language):
    plan = make_plan(actions=[{}, {}], results=[{"name": 'Un "délai" <b>'}])
    closed = make_plan(status="COMPLETED", actions=[{"status": "DONE"}])
    make_complaint()
    paths = [*LISTS, f"{LIST}?status=DRAFT", f"{LIST}?q=%22a%3Cb", f"{LIST}?o=1&p=1"]
    paths += [f"{LIST}?owner=usr_alice&q=a", f"{LIST}?effect=overdue", f"{LIST}?trigger=AUDIT"]
    paths += [f"{LIST}add/", page_of(plan), page_of(closed)]
    client = entered(person, language=language)
    ours = [pages(client, paths) for _ in range(2)][-1]
    as_django_makes_them(monkeypatch)
    assert ours == pages(client, paths)
    assert ours[LIST][0] == 200


def test_what_is_kept_of_filters_is_everybodys(acme, globex):
    kept_filters._kept.clear()
    make_action(make_plan(owner_id=ALICE.id))
    entered(ALICE).get(LIST)
    kept = {shape: dict(texts) for shape, texts in kept_filters._kept.items()}
    assert [len(texts) for texts in kept.values()] == [7]  # of eight; owners are people
    with tenant_context(globex):
        make_plan(owner_id=CHARLIE.id)
    text = entered(CHARLIE).get(LIST).content.decode()
    assert kept_filters._kept == kept
    assert CHARLIE.name in text
    assert not any(name in str(kept) for name in (ALICE.name, ALICE.id, "acme"))


@pytest.mark.parametrize("query", ["?q=Jeanne", "?owner=usr_alice", "?status=DRAFT"])
def test_nothing_is_kept_of_a_list_that_is_searched(admin_client, query):
    kept_filters._kept.clear()
    assert admin_client.get(f"{LIST}{query}").status_code == 200
    assert not kept_filters._kept


@pytest.mark.parametrize("title", ["100 % <b>", gettext_lazy("efficacité"), mark_safe("<i>x</i>")])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_filter_is_the_same_text(title, language):
    shown = ["{0} <b>", mark_safe("<i>a</i>"), 1234.5, gettext_lazy("efficacité")]
    choices = [
        {"selected": not at, "query_string": '?q=é"<&a=1', "display": one}
        for at, one in enumerate(shown)
    ]
    spec = SimpleNamespace(template=kept_filters.TEMPLATE, title=title)
    for given in (choices, []):
        with translation.override(language):
            ours = kept_filters._rendered(spec, given)
            assert ours == kept_filters.by_template(spec, given)


@pytest.mark.parametrize("value", [None, "", "a<b", 'x"y', 3, 2.5, mark_safe("&amp;")])
@pytest.mark.parametrize("widget", [TextInput(), TextInput(attrs={"required": True, "max": 3, "no": False, "data-x": '<"'}), NumberInput()])  # fmt: skip
def test_inputs_are_the_same_text(widget, value):
    ours = widget.render("na<me", value)
    context = widget.get_context("na<me", value, None)
    assert ours == plain_inputs._by_template(widget, widget.template_name, context)
