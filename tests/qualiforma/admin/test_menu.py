"""The menu: what is used every day first, the rest in the order of a French dictionary."""

import re
from unittest import mock

from qualiforma.admin.menu import sorted_as_read
from qualiforma.admin.site import site
from tests.improvements.pages import LIST


def menu_of(admin_client, page="/admin/"):
    html = admin_client.get(page).content.decode()
    text = html.split('id="nav-sidebar-apps"')[1].split("</main>")[0]
    links = re.findall(r'<a href="([^"]+)" class="flex h-\[38px\][^>]*>(.*?)</a>', text, re.DOTALL)
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


def test_a_process_asks_once_per_role_what_the_menu_leads_to(admin_client, auditor_client):
    forget_menus()
    with mock.patch.object(site, "_build_app_dict", side_effect=site._build_app_dict) as built:
        for _ in range(2):
            assert admin_client.get("/admin/").status_code == 200
            assert auditor_client.get("/admin/").status_code == 200
    assert built.call_count == 2


def test_menus_of_two_roles_pages_and_languages_by_turns(admin_client, auditor_client):
    """What a process keeps of one is never another's."""
    clients, pages = (admin_client, auditor_client), ("/admin/", LIST)
    calls = [(client, page, lang) for client in clients for page in pages for lang in ("fr", "en")]

    def menus():
        found = []
        for client, page, language in calls:
            html = client.get(page, HTTP_ACCEPT_LANGUAGE=language).content.decode()
            menu_and_more = html.split('id="nav-sidebar-apps"')[1].split("</nav>")[0]
            found.append(menu_and_more.rpartition("</ol>")[0])
        return found

    kept = menus()
    for found in (menus(), *(menus_of_a_fresh_process(menus) for _ in range(2))):
        assert found == kept
    assert len(set(kept)) >= 6


def menus_of_a_fresh_process(menus):
    forget_menus()
    return menus()


def forget_menus():
    for kept in (site._kept_lists, site.kept_frames, site.kept_menus):
        kept.clear()
