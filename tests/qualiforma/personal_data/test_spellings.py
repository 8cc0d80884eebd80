"""A name in any spelling that programs give it: of an erasure, and of a bundle without names."""

import pytest

from qualiforma.accounts.models import User
from qualiforma.bundle.people import People
from qualiforma.bundle.scope import Wish, settle
from qualiforma.names import spelt_out
from qualiforma.personal_data.people import Person
from tests.cast import BOB

NAME = "Zélie Quintrebert"
SHE = Person("usr_she", frozenset({NAME}), frozenset({"zelie@exemple.fr"}))
SPELLINGS = [
    *("Zélie Quintrebert", "QUINTREBERT Zelie", "zelie_quintrebert.pdf", "Zelie-Quintrebert"),
    "https://drive.exemple.fr/Z%C3%A9lie%20Quintrebert/a.pdf",
    "https://drive.exemple.fr/?q=Ze%CC%81lie+Quintrebert",
    "https://exemple.fr/z%c3%a9lie.quintrebert",
    *("Zé\u00adlie Quintre\u00adbert", "Zélie\u00a0Quintrebert", "Ｚélie Ｑuintrebert"),
    *("mailto:zelie@exemple.fr", "https://exemple.fr/?to=zelie%40exemple.fr"),
]


@pytest.mark.parametrize("text", SPELLINGS, ids=ascii)
def test_an_erasure_finds_it(text):
    assert SHE.is_in(text)
    erased = spelt_out(SHE.replaced(text)).lower()
    assert "quintrebert" not in erased
    assert "zelie@exemple" not in erased


@pytest.mark.django_db
@pytest.mark.parametrize("text", SPELLINGS, ids=ascii)
def test_a_bundle_without_names_hides_it(acme, text):
    User.objects.filter(pk=BOB.id).update(name=NAME)
    hidden = spelt_out(People(settle(Wish())).label(text)).lower()
    assert "quintrebert" not in hidden
    assert "zelie@exemple" not in hidden


@pytest.mark.parametrize(
    "text",
    ["100 %20 %C3%A9t%C3%A9", "https://exemple.fr/%C3%A9t%C3%A9%2Fplan%00", "%FF%", "co\u00adop"],
    ids=ascii,
)
def test_other_texts_stay_as_they_are(text):
    assert SHE.replaced(text) == text


def test_nothing_that_a_column_refuses_is_spelt_out():
    assert "\0" not in SHE.replaced("https://exemple.fr/%00Z%C3%A9lie%20Quintrebert%00")
