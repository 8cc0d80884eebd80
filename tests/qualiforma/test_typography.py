"""French pages: no line is broken before a sign, nor between a figure and what it counts."""

import re

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client

from qualiforma.typography import join_signs, join_signs_in_page
from tests.admin_client import entered
from tests.cast import ALICE

PLACEHOLDER = re.compile(r"%\(\w+\)[ds]|%[ds]|\{\w+\}")
# What may begin a line after a figure: it counts nothing.
LOOSE = frozenset(
    ("à", "au", "en", "et", "ou", "non", "par", "la", "autre", "autres", "dernières", "premières")
) | {"concerne", "répète"}


def french_texts():
    """The texts of the catalogue, with a figure for whatever is put in."""
    with (settings.BASE_DIR / "locale/en/LC_MESSAGES/django.po").open("rb") as file:
        for message in read_po(file):
            for one in message.id if isinstance(message.id, tuple) else (message.id,):
                text = str(one)
                yield PLACEHOLDER.sub("3", text), text


def test_no_text_of_the_catalogue_breaks_before_a_sign():
    broken = [
        text for shown, text in french_texts() if re.search(r" [:;?!»]|« ", join_signs(shown))
    ]
    assert not broken


def test_each_noun_that_is_counted_keeps_to_its_figure():
    left = set()
    for shown, text in french_texts():
        for word in re.findall(r"(?:%\(\w+\)d|%d|\b\d+) ([^\W\d_-]+)", text):
            if word not in LOOSE and f"3 {word}" == join_signs(f"3 {word}"):
                left.add((word, shown))
    assert not left


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Durée : 3 jours ; vrai ?", "Durée_: 3_jours_; vrai_?"),
        ("« 20 000 lignes » !", "«_20_000_lignes_»_!"),
        ("le 12 mars 2026 à 15:40, 3 à 4 %", "le 12_mars 2026 à 15:40, 3 à 4_%"),
        ("un lien :nom, 2 jouets, 33 s’y ajoutent", "un lien :nom, 2 jouets, 33 s’y ajoutent"),
    ],
)
def test_where_a_line_is_not_broken(text, shown):
    assert join_signs(text).replace("\u00a0", "_") == shown


@pytest.mark.parametrize(
    "kept",
    [
        "<input value=\"Oui ?\" title='« a »'>",
        "<textarea>Quoi ?\nRien !</textarea>",
        "<option>Plan : a</option>",
        "<code>a : b</code>",
        '<script>let a = b ? "c" : "d"</script>',
        "<!-- a : b -->",
        "<title>Plan : a</title>",
    ],
)
def test_what_is_typed_or_read_by_programs_stays(kept):
    assert join_signs_in_page(f"<p>Qui ?</p>{kept}") == f"<p>Qui\u00a0?</p>{kept}"


def test_blanks_between_marks_stay_and_texts_between_them_are_joined():
    page = '<p title="a : b">\n  <b>Qui</b> : <i>3</i> <!-- 3 jours -->\n<code>a : b</code> ? <br> 3 jours</p>'
    shown = '<p title="a : b">\n  <b>Qui</b>_: <i>3</i> <!-- 3 jours -->\n<code>a : b</code>_? <br> 3_jours</p>'
    assert join_signs_in_page(page) == shown.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("le 1 mars 2027", "le 1er_mars 2027"),
        ("1 juillet 2026", "1er_juillet 2026"),
        ("21 mars 2027", "21_mars 2027"),
        ("1 mars", "1_mars"),
        ("1,1 mars 2027", "1,1_mars 2027"),
    ],
)
def test_the_first_of_a_month_is_an_ordinal(text, shown):
    assert join_signs(text).replace("\u00a0", "_") == shown


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "is_joined"), [("fr", True), ("en", False)])
def test_pages_are_joined_in_french_alone(acme, language, is_joined):
    browser = Client(HTTP_HOST="acme.localhost", HTTP_ACCEPT_LANGUAGE=language)
    browser.cookies = entered(ALICE).cookies
    page = browser.get("/admin/improvements/improvementplan/add/")
    assert ("\u00a0" in page.content.decode()) is is_joined
    assert int(page["Content-Length"]) == len(page.content)
