"""Texts are those of Django's own `gettext`, in both languages, and none is kept that is in no catalog."""

import pytest
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import trans_real

from qualiforma.admin import kept_texts
from qualiforma.admin.kept_texts import gettext, texts_of

OTHERS = ["", "\r\n", "Un nom que personne ne traduit", "a\r\nb", "a\nb", " "]


@pytest.fixture(params=["fr", "en"])
def active(request):
    with translation.override(request.param):
        yield trans_real.catalog()


def test_they_are_those_of_django(active):
    messages = [*texts_of(active), *OTHERS]
    assert len(messages) > 300
    assert [gettext(one) for one in messages] == [trans_real.gettext(one) for one in messages]


def test_some_are_translated(active):
    changed = [one for one, text in texts_of(active).items() if one != text]
    assert len(changed) > 300


def test_pages_use_it():
    with translation.override("en"):
        assert translation.gettext("Statut") == gettext("Statut") == "Status"
    assert kept_texts._functions.gettext is gettext


def test_a_safe_text_stays_safe(active):
    assert isinstance(gettext(mark_safe("Statut")), SafeString)


def test_what_is_in_no_catalog_is_not_kept(active):
    gettext("Statut")
    before = dict(active.kept_texts)
    assert gettext("Jeanne Martin") == "Jeanne Martin"
    assert active.kept_texts == before


def test_without_a_language_it_is_the_default_one():
    with translation.override(None):
        assert gettext("Statut") == trans_real.gettext("Statut")
