"""Parts of a page are made once, and the page is the same as if Django made them each time."""

import re
from unittest import mock

import pytest
from unfold.fields import UnfoldAdminReadonlyField

from qualiforma.admin.kept_forms import PARTS
from tests.admin_client import entered
from tests.cast import ALICE, AUDREY
from tests.improvements.factories import make_action, make_complaint, make_plan, make_risk
from tests.improvements.pages import LIST, fields_of, page_of

FRESH = re.compile(r'(name="csrfmiddlewaretoken" value|nonce|data-csrf|content)="[^"]*"')


def page_text(client, path, body=None):
    answer = client.get(path) if body is None else client.send(path, body)
    assert answer.status_code == 200
    return FRESH.sub("", answer.content.decode())


def as_django_makes_them(monkeypatch):
    for kind, names in PARTS:
        for name in names:
            monkeypatch.setattr(kind, name, getattr(kind, name).__wrapped__)


@pytest.mark.parametrize("person", [ALICE, AUDREY], ids=lambda one: one.role)
def test_pages_are_the_same(acme, monkeypatch, person):
    plan, complaint, risk = make_plan(), make_complaint(), make_risk()
    make_action(plan)
    below = "/admin/improvements"
    paths = [
        *(page_of(plan), f"{below}/complaint/{complaint.pk}/change/"),
        *(f"{below}/risk/{risk.pk}/change/", "/admin/accounts/user/usr_bob/change/"),
    ]
    client = entered(person)
    ours = [page_text(client, path) for path in paths]
    as_django_makes_them(monkeypatch)
    assert ours == [page_text(client, path) for path in paths]


def test_what_is_refused_is_shown_the_same(admin_client, monkeypatch):
    plan = make_plan()
    make_action(plan)
    body = fields_of(plan, title="", target_date="demain") | {"actions-0-description": ""}
    pages = [(page_of(plan), body), (f"{LIST}add/", None)]
    ours = [page_text(admin_client, *page) for page in pages]
    as_django_makes_them(monkeypatch)
    assert ours == [page_text(admin_client, *page) for page in pages]


def test_what_a_field_shows_is_made_once(auditor_client):
    complaint = make_complaint()
    made = UnfoldAdminReadonlyField._get_contents
    with mock.patch.object(
        UnfoldAdminReadonlyField, "_get_contents", autospec=True, side_effect=made
    ) as contents:
        assert (
            auditor_client.get(f"/admin/improvements/complaint/{complaint.pk}/change/").status_code
            == 200
        )
    shown = [call.args[0].field["name"] for call in contents.call_args_list]
    assert shown.count("subject") == 1
