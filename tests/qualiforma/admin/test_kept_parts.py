"""What is kept of a page holds nothing of a person, an organisation or a record."""

from typing import Any

import pytest
from django.template import Context, Engine, TemplateSyntaxError, engines
from django.utils import translation

from qualiforma.admin import kept_parts, rows
from qualiforma.admin.site import site
from qualiforma.tenants.context import tenant_context
from tests.admin_client import AdminClient, entered
from tests.cast import ALICE, AUDREY, CHARLIE
from tests.improvements.factories import make_plan
from tests.improvements.pages import LIST, page_of
from tests.qualiforma.admin.test_shared_parts import FRESH, LISTS


def template_of(text):
    made: Any = engines["django"].from_string("{% load i18n kept_parts %}" + text)
    return made.template


def kept_nodes():
    """All kept parts of the templates that are loaded."""
    loader: Any = Engine.get_default().template_loaders[0]
    found: list[Any] = []
    for template in loader.get_template_cache.values():
        if not isinstance(template, type | Exception):
            found += template.nodelist.get_nodes_by_type(kept_parts.KeptNode)
    return found


def test_only_what_is_fresh_is_rendered_again():
    template = template_of(
        "{% kept wide %}{% if wide %}w{% endif %}[{% fresh %}{{ who }}{% endfresh %}]{% endkept %}"
    )
    for wide, who, text in ((True, "a", "w[a]"), (True, "<b>", "w[&lt;b&gt;]"), (False, "a", "[a]")):  # fmt: skip
        assert template.render(Context({"wide": wide, "who": who})) == text
    [node] = template.nodelist.get_nodes_by_type(kept_parts.KeptNode)
    assert len(node.texts) == 2


def test_what_is_not_named_is_not_there():
    template = template_of("{% kept wide %}{{ who }}{{ request.user }}{{ wide }}{% endkept %}")
    assert template.render(Context({"who": "Alice", "wide": "w", "request": "r"})) == "w"


def test_texts_are_kept_per_language():
    template = template_of("{% kept %}{% translate 'Rechercher partout' %}{% endkept %}")
    found = set()
    for language in ("fr", "en", "fr"):
        with translation.override(language):
            found.add(template.render(Context()))
    assert len(found) == 2


def test_the_token_of_a_form_is_of_each_call():
    template = template_of("{% kept %}{% csrf_token %}{% endkept %}")
    for token in ("one", "two"):
        assert f'value="{token}"' in template.render(Context({"csrf_token": token}))


def test_a_fresh_part_of_a_part_in_a_part_is_fresh():
    template = template_of(
        "{% kept %}a{% kept %}b{% csrf_token %}{% fresh %}{{ who }}{% endfresh %}{% endkept %}{% endkept %}"
    )
    for who in ("x", "y"):
        text = template.render(Context({"who": who, "csrf_token": f"t{who}"}))
        assert text.startswith("ab<input")
        assert text.endswith(who)
        assert f'"t{who}"' in text


def test_parts_of_a_shape_are_kept_for_that_shape():
    template = template_of("{% kept_for shape who %}{{ who }}{% csrf_token %}{% endkept_for %}")
    told = [("one", "a"), ("two", "b"), ("one", "c"), (None, "d"), (None, "e")]
    shown = [
        template.render(Context({"shape": shape, "who": who, "csrf_token": who}))
        for shape, who in told
    ]
    assert [text[0] for text in shown] == ["a", "b", "a", "d", "e"]
    assert all(f'value="{who}"' in text for (_shape, who), text in zip(told, shown, strict=True))


def test_names_must_be_names():
    with pytest.raises(TemplateSyntaxError):
        template_of("{% kept user.name %}{% endkept %}")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_of_people_and_organisations_by_turns(acme, globex, monkeypatch, language):
    plan = make_plan(title="Plan d’acme", actions=[{}])
    with tenant_context(globex):
        theirs = make_plan(title="Plan de globex", owner_id=CHARLIE.id)
    people = [
        (entered(one, language=language), page)
        for one, page in ((ALICE, plan), (CHARLIE, theirs), (AUDREY, plan))
    ]
    shown = [(client, path) for client, plan in people for path in ("/admin/", LIST, page_of(plan))]
    shown += [(client, path) for client, _plan in people for path in LISTS]
    shown.append((AdminClient("acme.localhost", language=language), "/admin/login/"))
    ours = [text_of(client, path) for client, path in shown * 2]
    monkeypatch.setattr(kept_parts.KeptNode, "render", as_written)
    assert ours == [text_of(client, path) for client, path in shown] * 2
    assert [ALICE.email in ours[at] for at in (0, 3)] == [True, False]
    assert CHARLIE.email in ours[3]


def as_written(node, context):
    """A part that is not kept: everything is there, as if the tag did not exist."""
    known = kept_parts._known(node.named, context)
    with context.push(**{name: value for name, value in known.items() if value is not None}):
        return node.nodelist.render(context)


def text_of(client, path):
    answer = client.get(path)
    assert answer.status_code in {200, 403}
    return FRESH.sub("", answer.content.decode())


def test_a_statement_is_written_anew_where_filters_are_known(admin_client, count_queries):
    for _ in range(2):
        make_plan()
    shown = [text_of(admin_client, path) for path in (LIST, f"{LIST}?o=-1") for _ in range(2)]
    few = count_queries(lambda: admin_client.get(LIST))
    rows._kept.clear()
    assert text_of(admin_client, LIST) == shown[0]
    rows._kept.clear()
    assert count_queries(lambda: admin_client.get(LIST)) == few


def test_nothing_kept_names_a_person_or_an_organisation(acme):
    plan = make_plan(title="Plan d’acme")
    client = entered(ALICE)
    for path in ("/admin/", LIST, page_of(plan)):
        client.get(path)
    kept = [one for node in kept_nodes() for parts in node.texts.values() for one in parts if isinstance(one, str)]  # fmt: skip
    assert any("nav-sidebar" in one for one in kept)
    for said in (ALICE.name, ALICE.email, ALICE.id, acme.name, plan.id, "Plan d’acme"):
        assert not any(said in one for one in kept)


def test_what_the_site_says_is_the_same_in_each_call(acme, rf):
    names = [one for one in kept_parts.OF_SITE if one != "site_title"]
    seen = []
    for person in (ALICE, AUDREY):
        request = rf.get("/admin/", HTTP_HOST="acme.localhost")
        request.user = person_of(person)
        context = site.each_context(request)
        seen.append([context.get(name) for name in names])
    assert seen[0] == seen[1]


def person_of(person):
    from qualiforma.accounts.models import User

    return User.objects.get(pk=person.id)
