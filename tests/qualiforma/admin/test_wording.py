"""What Django's own French says badly, the back-office says otherwise: its sentences elide nothing, « Modification de inscription »."""

import html
import re

import pytest

from tests.admin_client import entered
from tests.cast import ALICE
from tests.improvements.factories import make_plan
from tests.improvements.pages import page_of
from tests.qualiforma.training.factories import make_records

TITLES = {
    "improvements/improvementplan/": "Plans d’amélioration | QualiForma",
    "accounts/user/": "Utilisateurs | QualiForma",
    "training/enrollment/": "Inscriptions | QualiForma",
    "training/enrollment/add/": "Ajouter : Inscription | QualiForma",
    "training/enrollment/enr_5Froutes/change/": "| Inscription | QualiForma",
    "training/certificate/crt_5Froutes/change/": "| Attestation | QualiForma",
}


def title_of(answer):
    found = re.search(r"<title>(.*?)</title>", answer.content.decode(), re.DOTALL)
    return found.group(1).strip() if found else ""


@pytest.mark.parametrize("page", TITLES)
def test_a_page_is_named_in_french_that_reads_well(admin_client, page):
    make_records()
    assert html.unescape(title_of(admin_client.get(f"/admin/{page}"))).endswith(TITLES[page])


def test_a_list_is_named_in_english_too(acme):
    admin_client = entered(ALICE, language="en")
    assert title_of(admin_client.get("/admin/training/enrollment/")) == "Enrollments | QualiForma"


def test_a_row_is_added_to_a_plan_in_plain_words(admin_client):
    page = html.unescape(admin_client.get(page_of(make_plan())).content.decode())
    assert '"addText": "Ajouter : Action corrective"' in page
