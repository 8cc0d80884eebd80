"""What a screen reader reads, in which order: the accessibility tree of the main pages."""

import re

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import enter

pytestmark = needs_chromium
PLAN = "improvements/improvementplan/imp_6ac4a9ce1e8799a8cc5fdbd1"
# By page, what is met from its first to its last line.
ORDER = {
    "": (
        'link "Aller au contenu"',
        'heading "À faire',
        'link "Nouvelle réclamation"',
        'region "En retard',
        'region "Cette semaine',
        'region "Pour moi',
        'region "Réclamations sans réponse',
        'region "Par personne"',
        'region "Constats d’audit"',
        'region "Préparation de l’audit"',
        'region "Mes actions',
        'region "Plans clôturés',
    ),
    "improvements/improvementplan/": (
        'link "Aller au contenu"',
        'heading "Amélioration continue Plans d’amélioration',
        'button "Rechercher"',
        'textbox "Plan, action, responsable ou identifiant"',
        "table",
        'columnheader "Référence"',
        'columnheader "Statut"',
        'link "Liste en XLSX"',
    ),
    f"{PLAN}/change/": (
        'link "Aller au contenu"',
        'link "Clôturer"',
        'heading "Fiabiliser le son',
        'region "Ce qui est en retard"',
        'heading "Modifier"',
        'textbox "Titre',
        'heading "Actions correctives"',
        'heading "Résultats attendus"',
        'region "Réclamations liées"',
        'region "Pièces jointes"',
        'region "Historique"',
    ),
    f"{PLAN}/move/close/": (
        'link "Aller au contenu"',
        'heading "Clôturer"',
        "Le plan et ses actions ne changeront plus",
        'textbox "Synthèse',
        'button "Clôturer"',
    ),
}
# Names of icons, which their font draws, and names that the theme's scripts give in English.
SPELT_OUT = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b|scrollable content")


@pytest.fixture(scope="module")
def read(demo_server):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR", timezone_id="Europe/Paris") as visitor:
        enter(visitor.page, host)

        def snapshot(path):
            visitor.page.goto(f"http://{host}/admin/{path}", wait_until="networkidle")
            return visitor.page.locator("body").aria_snapshot()

        yield snapshot


@pytest.mark.parametrize("path", ORDER)
def test_a_page_is_read_in_its_order(read, path):
    tree, place = read(path), 0
    for one in ORDER[path]:
        found = tree.find(one, place)
        assert found >= 0, f"{one} is not read after what stands before it:\n{tree}"
        place = found


@pytest.mark.parametrize("path", ORDER)
def test_no_icon_is_spelt_out(read, path):
    assert SPELT_OUT.findall(re.sub(r"/url: .*", "", read(path))) == []
