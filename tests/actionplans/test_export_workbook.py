"""The workbook, read back with openpyxl and held against the API's answer."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from django.utils import timezone
from django.utils.translation import override
from openpyxl import load_workbook

from actionplans.exports.workbook import Subject, file_name, write_workbook
from actionplans.models import ActionGroup, ActionPlan
from actionplans.states import State, Visibility
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from tests.actionplans.factories import make_action, make_area, make_group, make_note, make_plan
from tests.cast import ALICE, MONA

NOW = datetime(2026, 7, 14, 13, 30, tzinfo=UTC)
ADMIN = Actor(ALICE.id, ALICE.name, Role.ADMIN)
MANAGER = Actor(MONA.id, MONA.name, Role.MANAGER)


def day(*parts):
    """A date as openpyxl reads it back."""
    return datetime(*parts)


def book_of(plan, actor=ADMIN, language="fr"):
    row = ActionPlan.objects.with_progress().select_related("created_by").get(pk=plan.pk)
    file = BytesIO()
    with override(language):
        write_workbook(Subject(row, actor, "Acme", NOW), file)
    return load_workbook(file)


def rows_of(sheet, columns="A:G", first=7):
    found = sheet[columns.replace(":", f"{first}:") + str(sheet.max_row)]
    rows = [[one.value for one in row] for row in found]
    return [row for row in rows if any(value is not None for value in row)]


@pytest.fixture
def plan(acme):
    return make_plan(title="=Accueil", visibility=Visibility.PUBLIC)


def test_the_summary_shows_the_plan_and_each_action(plan):
    make_action(plan, {ALICE.id: State.COMPLETED, MONA.id: State.PENDING}, title="Livret")
    late = {MONA.id: State.IN_PROGRESS}
    make_action(plan, late, title="a/b", due_date=date(2026, 7, 10))
    sheet = book_of(plan)["Synthèse"]
    assert sheet["A1"].value == "=Accueil"
    assert sheet["A1"].data_type == "s"
    assert sheet["C4"].value == 0
    assert sheet["A5"].value.startswith("État au 14/07/2026 à 15:30")
    assert rows_of(sheet) == [
        [1, "a/b", "En retard", MONA.name, day(2026, 7, 10), 4, 0],
        [2, "Livret", "En cours", f"{ALICE.name}, {MONA.name}", None, None, 0.5],
    ]
    figures = {row[0]: row[1] for row in rows_of(sheet, "I:J")}
    assert figures == {"À faire": 0, "En cours": 1, "Terminée": 0, "En retard": 1, "Annulée": 0}


def test_the_summary_is_made_to_be_read_and_printed(plan):
    make_action(plan, title="Livret")
    sheet = book_of(plan)["Synthèse"]
    assert sheet.freeze_panes == "A7"
    assert sheet.auto_filter.ref == "A6:G7"
    assert sheet.print_title_rows == "$6:$6"
    assert (sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == (9, 0)
    assert sheet["B7"].hyperlink.location == "'Livret'!A1"
    assert sheet["G7"].number_format == "0%"
    assert [str(one.sqref) for one in sheet.conditional_formatting] == ["C4", "G7"]
    assert len(sheet._charts) == 1


@pytest.fixture
def livret(plan):
    area = make_area(name="Lyon", parent=make_area(name="France"))
    action = make_action(
        plan,
        {MONA.id: State.COMPLETED},
        title="Livret",
        description="-Une page\n=1+1",
        focus=["SCORE"],
        areas=[area],
        due_date=date(2026, 8, 1),
    )
    ActionGroup.objects.create(action=action, group=make_group(name="Formateurs"))
    make_note(action, text="=SOMME(A1) 🎉")
    return action


def test_each_field_of_an_action_stands_on_its_sheet(plan, livret):
    sheet = book_of(plan)["Livret"]
    fields = {row[0].value: row[1].value for row in sheet.iter_rows(4, 22)}
    assert fields.pop("Créée le") == timezone.localtime(livret.created_at).replace(
        tzinfo=None, microsecond=0
    )
    assert (
        fields.items()
        >= {
            "Description": "-Une page\n=1+1",
            "Statut": "Terminée",
            "Avancement": 1,
            "Échéance": day(2026, 8, 1),
            "Périmètres": "France › Lyon",
            "Groupes": "Formateurs",
            "Axes": "Score : s1",
            "Notes": 1,
            "Identifiant": livret.pk,
        }.items()
    )


def test_an_actions_sheet_holds_its_people_its_log_and_no_formula(plan, livret):
    sheet = book_of(plan)["Livret"]
    written = [one.value for row in sheet.iter_rows(23) for one in row]
    assert MONA.name in written
    assert "=SOMME(A1) 🎉" in written
    assert not [one for row in sheet.iter_rows() for one in row if one.data_type == "f"]
    assert sheet["A2"].hyperlink.location == "'Synthèse'!A1"


def test_private_actions_of_others_are_in_no_sheet_and_no_count(plan):
    make_action(plan, {ALICE.id: State.PENDING}, title="Secret", visibility=Visibility.PRIVATE)
    make_action(plan, {ALICE.id: State.COMPLETED}, title="Ouvert")
    book = book_of(plan, MANAGER)
    assert book.sheetnames == ["Synthèse", "Ouvert"]
    sheet = book["Synthèse"]
    assert sheet["D4"].value == "1 action"
    assert [row[1] for row in rows_of(sheet)] == ["Ouvert"]
    assert sum(row[1] for row in rows_of(sheet, "I:J")) == 1
    assert sheet["C4"].value == 0.5  # the plan's percentage is everybody's


def test_an_empty_plan_says_so(plan):
    sheet = book_of(plan)["Synthèse"]
    assert "aucune action" in sheet["B7"].value
    assert not sheet._charts


def test_a_long_description_is_whole_below_the_table(acme):
    text = "Première ligne.\n" + "mot " * 900
    sheet = book_of(make_plan(description=text))["Synthèse"]
    shown = [row[0].value for row in sheet.iter_rows(8) if isinstance(row[0].value, str)]
    assert "".join(shown[1:]) == text.replace("\n", "")
    assert sheet["A3"].value == "La description se trouve sous le tableau."


def test_in_english(plan):
    make_action(plan, {MONA.id: State.COMPLETED})
    book = book_of(plan, language="en")
    assert book.sheetnames[0] == "Summary"
    assert book["Summary"]["C7"].value == "Done"


def test_more_actions_than_sheets_is_said(plan, monkeypatch):
    monkeypatch.setattr("actionplans.exports.workbook.SHEETS_MAX", 1)
    for rank in range(3):
        make_action(plan, title=f"Action {rank}")
    book = book_of(plan)
    assert len(book.sheetnames) == 2
    assert "Les 2 dernières actions n’ont pas de feuille" in book["Synthèse"]["A5"].value
    assert len(rows_of(book["Synthèse"])) == 3


def test_reading_costs_the_same_for_more_actions(plan, django_assert_num_queries):
    for rank in range(3):
        make_note(make_action(plan, title=f"Action {rank}"))
    row = ActionPlan.objects.with_progress().select_related("created_by").get(pk=plan.pk)
    with django_assert_num_queries(6):
        write_workbook(Subject(row, ADMIN, "Acme", NOW), BytesIO())


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Accueil: 2026 / Lyon", "Accueil-2026-Lyon-2026-07-14.xlsx"),
        ("../../etc/passwd", "etc-passwd-2026-07-14.xlsx"),
        ("🎉", "plan-d-action-2026-07-14.xlsx"),
    ],
)
def test_the_files_name(title, name):
    with override("fr"):
        assert file_name(title, NOW) == name
