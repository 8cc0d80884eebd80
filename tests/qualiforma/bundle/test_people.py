"""What of a text names a learner, hence is not in a bundle by default."""

import unicodedata

import pytest

from qualiforma.accounts.models import User
from qualiforma.bundle.people import People
from qualiforma.bundle.scope import Wish, settle
from tests.cast import BOB


@pytest.fixture
def shown(acme):
    """What becomes of a text once Bob is called so; and once somebody else is in it."""

    def of(name, text, *others):
        User.objects.filter(pk=BOB.id).update(name=name)
        return People(settle(Wish())).text(text, *others)

    return of


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("DURAND Bob", "Mme Durand attend.", "Mme [D.] attend."),
        ("Bob Durand", "Bob attend Durand.", "Bob attend [D.]."),
        ("Bob Lefèvre", unicodedata.normalize("NFD", "M. Lefèvre attend."), "M. [L.] attend."),
        (unicodedata.normalize("NFD", "Bob Lefèvre"), "M. Lefèvre attend.", "M. [L.] attend."),
    ],
)
def test_a_surname_by_itself(shown, name, text, expected):
    assert shown(name, text) == expected


@pytest.mark.django_db
def test_a_complainant_of_one_name(shown):
    assert shown("Bob Roux", "M. Ferrand attend.", "Ferrand") == "M. [F.] attend."


@pytest.mark.django_db
def test_of_two_names_that_begin_alike_the_longer_one(acme):
    User.objects.filter(pk=BOB.id).update(name="Anna Bo")
    User.objects.filter(pk=BOB.id).update(name="Anna Bo Cy Du")
    User.objects.filter(pk=BOB.id).update(name="Anna Bo Cy")
    people = People(settle(Wish()))
    assert people.label("vue par anna bo cy du") == "vue par [A. B. C.]"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "number",
    ["+33 (0)6 12 34 56 78", "06\u00a012\u00a034\u00a056\u00a078", "06\u202f12 34 56 78",
     "00336 12 34 56 78", "06  12 34 56 78", "0612345678", "06.12.34.56.78"],
)  # fmt: skip
def test_a_telephone_number(shown, number):
    assert shown("Bob Roux", f"Appeler le {number}, le 01/02/2026 14:30") == (
        "Appeler le [masqué], le 01/02/2026 14:30"
    )
