"""An empty list says what will stand there and how to begin; a filter that finds nothing says that."""

import pytest

from qualiforma.admin.site import site
from tests.admin_client import text_of

pytestmark = pytest.mark.django_db


def test_every_list_has_a_sentence_of_its_own(db):
    lists = [one for one in site._registry.values() if one.list_display != ("__str__",)]
    texts = [str(one.empty_text) for one in lists]
    assert "" not in texts
    assert len(set(texts)) == len(texts)


def test_it_is_shown_until_something_is_there(acme, admin_client):
    text = text_of(admin_client.get("/admin/training/course/"))
    assert "Rien ici pour l’instant" in text
    assert "Votre catalogue de formations sera ici" in text
    filtered = text_of(admin_client.get("/admin/training/course/?q=zzz"))
    assert "Votre catalogue" not in filtered
    assert "Aucun résultat" in filtered
