"""How mails read: signs keep to their words in French, and English paragraphs begin with a capital."""

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

from qualiforma.mail.jobs import compose
from qualiforma.mail.kinds import Draft

pytestmark = pytest.mark.django_db
# The first paragraph after the greeting of each kind of mail, where French goes on in small letters.
OPENINGS = (
    "le fichier « %s » est prêt",
    "le fichier « %s » n’a pas pu",
    "le point d’accès webhook",
    "nous avons bien reçu votre réclamation",
    "un accès à QualiForma",
    "un fichier n’est plus celui",
    "voici ce que vous avez à faire",
    "pour choisir un nouveau mot de passe",
    "le classeur Excel",
)


def test_french_signs_do_not_begin_a_line(acme):
    text = "Le fichier « Entreprises (CSV) » est prêt ; le voulez-vous ? Voici : lui."
    draft = Draft(to="a@acme.fr", subject="Fichier", paragraphs=(text,))
    html = str(compose(draft, "msg_1", "fr").alternatives[0][0])
    for joined in (
        "«\u00a0Entreprises",
        "(CSV)\u00a0»",
        "prêt\u00a0;",
        "vous\u00a0?",
        "Voici\u00a0:",
    ):
        assert joined in html
    assert "background:#eef1f5" in html
    html = str(compose(draft, "msg_1", "en").alternatives[0][0])
    assert "« Entreprises" in html


def test_english_begins_with_a_capital_after_the_greeting():
    with (settings.BASE_DIR / "locale/en/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file)
    for opening in OPENINGS:
        [found] = [one for one in catalogue if str(one.id).startswith(opening)]
        assert str(found.string)[0].isupper(), found.string
