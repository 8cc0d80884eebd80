"""The menu: what is used every day first, the rest in the order of a French dictionary."""

import re
from unittest import mock

from qualiforma.admin.menu import sorted_as_read
from qualiforma.admin.site import site


def menu_of(admin_client, page="/admin/"):
    html = admin_client.get(page).content.decode()
    menu = html.split('id="nav-sidebar-apps"')[1].split("</main>")[0]
    links = re.findall(r'<a href="([^"]+)" class="flex h-\[38px\][^>]*>(.*?)</a>', menu, re.DOTALL)
    return [(link, re.sub(r"<[^>]+>|\s+", " ", text).split()) for link, text in links]


def test_six_tasks_come_first_with_icons_and_stand_there_once(admin_client):
    found = menu_of(admin_client)
    assert [(words[0], " ".join(words[1:])) for _link, words in found[:6]] == [
        ("today", "À faire"),
        ("forum", "Réclamations"),
        ("assignment", "Plans d’amélioration"),
        ("task_alt", "Actions correctives"),
        ("folder_open", "Preuves"),
        ("fact_check", "Préparation de l’audit"),
    ]
    links = [link for link, _words in found]
    assert len(links) == len(set(links))


def test_an_auditor_has_it_too(auditor_client):
    assert menu_of(auditor_client)[0][1] == ["today", "À", "faire"]


def test_accents_and_case_do_not_sort():
    titles = ["Évaluations", "attestations", "Entreprises", "Zones", "Élèves"]
    ordered = sorted(({"title": one} for one in titles), key=sorted_as_read)
    assert [one["title"] for one in ordered] == [
        "attestations",
        "Élèves",
        "Entreprises",
        "Évaluations",
        "Zones",
    ]


def test_a_page_asks_once_what_the_menu_leads_to(admin_client):
    with mock.patch.object(site, "_build_app_dict", side_effect=site._build_app_dict) as built:
        assert admin_client.get("/admin/").status_code == 200
    assert built.call_count == 1
