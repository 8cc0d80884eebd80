"""From the phone call to the closing report in a real browser: clicks and page loads, counted."""

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import assert_quiet, enter

pytestmark = needs_chromium
CLICKS_MAX, LOADS_MAX = 20, 6
# A page has fewer stops and a select fewer options.
TABS_MAX, OPTIONS_MAX = 200, 20
# Counted across pages; a select takes two, one to open it and one to choose.
COUNT = """document.addEventListener("click", (event) => {
  if (!event.isTrusted) return;
  const cost = event.target.closest("select") ? 2 : 1;
  sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + cost;
}, true);"""


class Person:
    """Works with the mouse: each field is clicked before it is filled."""

    def __init__(self, page):
        self.page, self.loads = page, 0
        page.add_init_script(COUNT)
        page.on("domcontentloaded", self._count)

    def _count(self, _page):
        self.loads += 1

    def types(self, field, text):
        self.page.locator(field).click()
        self.page.keyboard.type(text)

    def chooses(self, field, label):
        self.page.locator(field).click()
        self.page.locator(field).select_option(label=label)

    def presses(self, text):
        with self.page.expect_navigation(wait_until="load"):
            button = self.page.locator("a.qf-button, button", has_text=text)
            button.locator("visible=true").first.click()

    def checks(self, label):
        self.page.get_by_label(label).click()

    @property
    def clicks(self):
        return int(self.page.evaluate("sessionStorage.clicks ?? 0"))


class Typist(Person):
    """Has no mouse: Tab leads to each field and button, in the order of the page."""

    def reaches(self, element):
        for _ in range(TABS_MAX):
            if element.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {element}")

    def types(self, field, text):
        self.reaches(self.page.locator(field))
        self.page.keyboard.type(text)

    def chooses(self, field, label):
        select = self.page.locator(field)
        self.reaches(select)
        for _ in range(OPTIONS_MAX):
            if select.evaluate("one => one.selectedOptions[0].label") == label:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no option {label}")

    def presses(self, text):
        buttons = self.page.locator("a.qf-button, button", has_text=text)
        self.reaches(buttons.locator("visible=true").first)
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press("Enter")

    def checks(self, label):
        self.reaches(self.page.get_by_label(label))
        self.page.keyboard.press("Space")


@pytest.fixture(params=[Person, Typist], ids=["mouse", "keyboard"])
def person(demo_server, request):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR") as visitor:
        enter(visitor.page, host)
        person = request.param(visitor.page)
        visitor.page.reload(wait_until="load")
        person.loads = 0
        yield person
        assert_quiet(visitor, host)


def test_from_the_phone_call_to_the_report(person):
    page = person.page
    person.presses("Nouvelle réclamation")
    person.types("#id_subject", "Salle trop froide")
    person.types("#id_description", "12 °C toute la matinée")
    person.chooses("#id_channel", "Téléphone")
    person.types("#id_complainant_name", "Julie Moreau")
    person.chooses("#id_complainant_role", "Apprenant")
    person.presses("Enregistrer et accuser réception")
    assert page.locator("#id_acknowledged_at_0").input_value() != ""
    person.presses("Créer un plan à partir de cette réclamation")
    assert page.locator("#id_description").input_value() == "12 °C toute la matinée"
    person.types("[name=actions-0-description]", "Régler le chauffage avant 8 h")
    person.presses("Créer et démarrer")
    person.presses("Clôturer")
    person.checks("Régler le chauffage avant 8 h")
    person.types("#id_summary", "Le chauffage est réglé avant 8 h.")
    person.types("[name^=answer-]", "La salle est à 19 °C depuis lundi.")
    person.presses("Clôturer")
    told = " ".join(page.inner_text("#content").split())
    assert "Le chauffage est réglé avant 8 h." in told
    assert "Salle trop froide – Résolue" in told
    assert (person.clicks <= CLICKS_MAX, person.loads <= LOADS_MAX) == (True, True), (
        person.clicks,
        person.loads,
    )
