"""Cells of rows below a form are written without templates, and are the same as unfold's."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
import unfold
from django.template import Context, Engine, Template

from qualiforma.admin import plain_cells
from qualiforma.admin.site import site
from tests.admin_client import entered
from tests.cast import ALICE, AUDREY
from tests.improvements.factories import make_action, make_plan
from tests.improvements.pages import LIST, fields_of, page_of

FRESH = re.compile(
    r'(name="csrfmiddlewaretoken" value|nonce|data-csrf|content)="[^"]*"|req_[0-9a-f]+'
)
GROUP = "unfold/helpers/edit_inline/tabular_group.html"
FILES = Path(unfold.__file__).parent / "templates"
ADDS = [
    f"/admin/{one.model._meta.app_label}/{one.model._meta.model_name}/add/"
    for one in site._registry.values()
    if one.inlines
]


def as_unfold_writes_them(monkeypatch):
    found = Engine.get_template

    def get_template(engine, name):
        if name != GROUP:
            return found(engine, name)
        return Template((FILES / name).read_text(), engine=engine, name=name)

    monkeypatch.setattr(Engine, "get_template", get_template)


def texts(client, pages):
    return [
        squeezed((client.send(*page) if page[1:] else client.get(*page)).content.decode())
        for page in pages
    ]


def squeezed(html):
    """The text without what differs in each call, and without white space around marks."""
    return re.sub(r"\s*([<>])\s*", r"\1", FRESH.sub("", html))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("person", [ALICE, AUDREY], ids=lambda one: one.role)
def test_pages_are_the_same(acme, monkeypatch, person, language):
    plan = make_plan(results=[{"name": 'Un "délai" <b>'}])
    make_action(plan, description="Revoir <i>l’accueil</i>")
    refused = fields_of(plan, title="") | {"actions-0-description": ""}
    pages = [(page_of(plan),), *((path,) for path in ADDS), (page_of(plan), refused)]
    client = entered(person, language=language)
    with mock.patch.object(plain_cells, "_cell", side_effect=plain_cells._cell) as written:
        ours = texts(client, pages)
    assert written.called
    as_unfold_writes_them(monkeypatch)
    assert ours == texts(client, pages)
    assert "text-red-600 text-xs" in ours[-1] or person is AUDREY


def test_a_new_plan_is_refused_in_the_same_words(admin_client, monkeypatch):
    body = fields_of(make_plan(), title="") | {"actions-0-description": "", "actions-TOTAL_FORMS": "1"}  # fmt: skip
    ours = texts(admin_client, [(f"{LIST}add/", body)])
    as_unfold_writes_them(monkeypatch)
    assert ours == texts(admin_client, [(f"{LIST}add/", body)])


def a_field(**said):
    told = {"name": "rank", "label": "Rang & <b>", "field": "rank", "help_text": ""}
    usual = {"is_readonly": True, "is_file": False, "is_json": False, "contents": lambda: "3 < 4"}
    return SimpleNamespace(field=told, **usual | said)


@pytest.mark.parametrize("more", [{}, {"nested_inline": True}, {"outline": True}, {"value": "<i>"}])
@pytest.mark.parametrize("order", [None, "rank", "other"])
@pytest.mark.parametrize("hides", [True, False])
@pytest.mark.parametrize("said", [{}, {"is_json": True}, {"contents": lambda: "None"}, {"contents": str}, {"is_file": True}])  # fmt: skip
def test_a_cell_is_the_same_text(monkeypatch, more, order, hides, said):
    form = SimpleNamespace(nested_formsets=None, non_field_errors=[])

    class Row(list[Any]):
        form: Any = None
        original, show_url, model_admin = None, False, None

    row = Row([[[a_field(**said), a_field()], [a_field()]]])
    row.form = form
    options = SimpleNamespace(ordering_field=order, hide_ordering_field=hides)
    inline = SimpleNamespace(opts=options, formset=SimpleNamespace(can_delete=False))
    given = {"inline_admin_form": row, "inline_admin_formset": inline, **more}

    def text():
        include = Engine.get_default().from_string(f'{{% include "{GROUP}" %}}')
        return squeezed(include.render(Context(given)))

    ours = text()
    as_unfold_writes_them(monkeypatch)
    assert ours == text()
    assert "Rang &amp; &lt;b&gt;" in ours
