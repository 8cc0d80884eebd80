"""A list of learners as a person makes it, brought in at the second try in a real browser."""

import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from openpyxl import Workbook

from qualiforma.typography import join_signs
from tests.chromium import needs_chromium, visit
from tests.live import ROOT
from tests.test_pages_browser import assert_quiet, enter

pytestmark = needs_chromium
COUNT = 30
COURSE = "Tableurs : les bases, en présentiel"
MISSPELT = "Tableur : les base, en presentiel"
HEAD = ["Nom", "Prénom", "Adresse mail", "Intitulé de la formation", "Date d’inscription", None]


def people():
    """Two of them have one name."""
    for number in range(COUNT):
        name = "Martin" if number < 2 else f"Élève-{number:02}"
        yield name, "Zoé", f"liste.{number:02}@exemple.fr"


def saved(folder, name, *rows, merged=""):
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    book.save(folder / name)
    return folder / name


def list_of_learners(folder, name, wrong=COURSE):
    """A title over merged cells, an empty row, days as texts and as dates, empty rows in between."""
    day = datetime.combine(timezone.localdate() - timedelta(days=20), datetime.min.time())
    rows = [["Stagiaires de novembre"], [], HEAD]
    for number, (last, first, email) in enumerate(people()):
        when = day.strftime("%d/%m/%Y") if number % 2 else day
        course = wrong if number == 17 else COURSE
        rows.append([last, first, f" {email} ", course, when, None])
        if number % 10 == 9:
            rows.append([])
    return saved(folder, name, *rows, merged="A1:E1")


def check(page, file):
    page.set_input_files("input[name=file]", file)
    with page.expect_navigation(wait_until="networkidle"):
        page.get_by_role("button", name="Vérifier le fichier").click()


def confirm(page):
    with page.expect_navigation(wait_until="networkidle"):
        page.locator("button.qf-first", has_text="Importer").click()
    if not page.locator(
        "dl.qf-figures"
    ).count():  # the rest of a list is a worker's on a slow machine
        command = [sys.executable, "manage.py", "run_worker", "--until-empty"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
        page.reload(wait_until="networkidle")
    return figures(page)


def figures(page):
    return page.locator("dl.qf-figures").inner_text().split()


@pytest.fixture
def files(tmp_path):
    named = ([f"{first} {last}", email, "Apprenant"] for last, first, email in people())
    return {
        "/admin/accounts/user/": saved(
            tmp_path, "personnes.xlsx", ["Nom", "E-mail", "Rôle"], *named
        ),
        "/admin/training/course/": saved(
            tmp_path,
            "formations.xlsx",
            ["Formation", "Niveau", "Durée (h)"],
            [COURSE, "Débutant", "14 h"],
        ),
        "first": list_of_learners(tmp_path, "liste.xlsx", MISSPELT),
        "second": list_of_learners(tmp_path, "liste-corrigee.xlsx"),
    }


def test_a_list_of_learners_goes_in_at_the_second_try(demo_server, files):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    with visit(locale="fr-FR") as visitor:
        page = visitor.page
        enter(page, host)
        for path, count in (("/admin/accounts/user/", COUNT), ("/admin/training/course/", 1)):
            page.goto(f"http://{host}{path}import/", wait_until="networkidle")
            check(page, files[path])
            assert confirm(page)[:2] == ["Créées", str(count)]
        page.goto(f"http://{host}/admin/training/enrollment/import/", wait_until="networkidle")
        check(page, files["first"])
        assert figures(page)[-1] == "1"
        proposed = join_signs(f"Voulez-vous dire « {COURSE} » ?")
        assert proposed in page.locator("body").inner_text()
        check(page, files["second"])  # from the page that says what is wrong
        assert figures(page)[-1] == "0"
        assert confirm(page)[:2] == ["Créées", str(COUNT)]
        assert_quiet(visitor, host)
