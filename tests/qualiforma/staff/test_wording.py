"""What Django's own French says badly, the desk says otherwise: its sentences elide nothing, « Modification de inscription »."""

import html
import re

import pytest

from tests.cast import ALICE
from tests.improvements.factories import make_plan
from tests.improvements.pages import page_of
from tests.qualiforma.training.factories import make_records
from tests.staff import entered

TITLES = {
    "improvements/improvementplan/": "Plans d’amélioration | QualiForma",
    "accounts/user/": "Utilisateurs | QualiForma",
    "training/enrollment/": "Inscriptions | QualiForma",
    "training/enrollment/add/": "Ajouter : inscription | QualiForma",
    "training/enrollment/enr_5Froutes/change/": "| Modifier : inscription | QualiForma",
    "training/certificate/crt_5Froutes/change/": "| Consulter : attestation | QualiForma",
}


def title_of(answer):
    found = re.search(r"<title>(.*?)</title>", answer.content.decode(), re.DOTALL)
    return found.group(1).strip() if found else ""


@pytest.mark.parametrize("page", TITLES)
def test_a_page_is_named_in_french_that_reads_well(desk, page):
    make_records()
    assert html.unescape(title_of(desk.get(f"/admin/{page}"))).endswith(TITLES[page])


def test_a_list_is_named_in_english_too(acme):
    desk = entered(ALICE, language="en")
    assert title_of(desk.get("/admin/training/enrollment/")) == "Enrollments | QualiForma"


def test_a_row_is_added_to_a_plan_in_plain_words(desk):
    page = html.unescape(desk.get(page_of(make_plan())).content.decode())
    assert '"addText": "Ajouter : Action corrective"' in page
