"""Small parts that are worked out once: labels of choices, tags of files, translated texts, copies of fields."""

import copy
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.widgets import AdminDateWidget
from django.forms import CharField, ChoiceField, Media
from django.template import Context, engines
from django.templatetags.i18n import TranslateNode
from django.utils import translation
from django.utils.functional import Promise

from improvements.models import ImprovementPlan
from improvements.states import PlanStatus
from qualiforma.admin import kept_choices, kept_media, kept_texts


@pytest.mark.parametrize("language", ["fr", "en"])
def test_labels_of_choices_are_djangos(language):
    seen = 0
    with translation.override(language):
        for model in apps.get_models():
            for field in model._meta.local_concrete_fields:
                for value in (*(kept_choices.labels_of(field) or {}), "none of them", None):
                    record: Any = model(**{field.attname: value})
                    shown = getattr(record, f"get_{field.name}_display", None)
                    if shown and kept_choices.labels_of(field):
                        assert shown() == record._get_FIELD_display(field)
                        seen += 1
    assert seen > 50


def test_a_label_is_in_the_language_of_each_call():
    plan, labels = ImprovementPlan(status=PlanStatus.DRAFT), set()
    for language in ("fr", "en", "fr"):
        with translation.override(language):
            labels.add(plan.get_status_display())
    assert len(labels) == 2
    assert not any(isinstance(one, Promise) for one in labels)


def test_tags_of_files_are_djangos():
    django: Any = Media
    one = Media(js=["a.js", "b.js"], css={"all": ["a.css"]})
    other = Media(js=["b.js", "c.js"], css={"all": ["a.css"], "print": ["p.css"]})
    for media in (one, other, one + other, other + one, AdminDateWidget().media, one):
        assert media.render_js() == django.render_js.__wrapped__(media)
        assert media.render_css() == list(django.render_css.__wrapped__(media))
    assert str(one) != str(other)
    assert len(kept_media._kept) <= kept_media.REMEMBERED


@pytest.mark.parametrize(
    "text",
    [
        '{% translate "Rechercher partout" %}',
        '{% translate "100 % <b>" %}',
        '{% translate "Rechercher partout" as said %}[{{ said }}]',
        '{% translate "Rechercher partout"|upper %}',
        "{% translate said %}",
        '{% translate "Rechercher partout" noop %}',
        '{% translate "May" context "month" %}',
    ],
)
def test_texts_of_templates_are_djangos(monkeypatch, text):
    made: Any = engines["django"].from_string("{% load i18n %}" + text)
    template = made.template
    shown = []
    for language in ("fr", "en", "fr"):
        for said in ("Annuler", "Rechercher partout"):
            with translation.override(language):
                shown.append(template.render(Context({"said": said})))
    monkeypatch.setattr(TranslateNode, "render", kept_texts._django_render)
    fresh = []
    for language in ("fr", "en", "fr"):
        for said in ("Annuler", "Rechercher partout"):
            with translation.override(language):
                fresh.append(template.render(Context({"said": said})))
    assert shown == fresh


def test_a_copy_of_a_field_is_its_own():
    for field in (CharField(label="a"), ChoiceField(choices=[("a", "b")])):
        made = copy.deepcopy(field)
        made.label, made.widget.attrs["x"] = "other", "y"
        made.error_messages["required"] = "no"
        assert type(made) is type(field)
        assert (field.label, dict(field.widget.attrs)) != ("other", {"x": "y"})
        assert field.error_messages["required"] != "no"
        assert copy.copy(field.widget).attrs is field.widget.attrs
