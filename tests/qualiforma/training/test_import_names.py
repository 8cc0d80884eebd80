"""Names and headings as people have them, and records found by them."""

from pathlib import Path

import pytest

from qualiforma.accounts.models import User
from qualiforma.training.importing.exceptions import UnreadableFileError
from qualiforma.training.models import Company, Course, Enrollment
from tests.cast import BOB
from tests.qualiforma.training.factories import make_company, make_course
from tests.qualiforma.training.sheets import counts, csv_file, imported

pytestmark = pytest.mark.django_db
CASES = Path(__file__).parent / "cases"


def test_first_and_last_name(acme):
    outcome, refusals = imported("users", CASES / "users-prenom.csv")
    assert (counts(outcome), refusals) == ((1, 0, 0, 0), [])
    assert User.objects.get(email="learner@qualiforma.fr").name == "Léa Moreau"


@pytest.mark.parametrize(
    ("head", "row", "name"),
    [
        ("First name;Last name;Email;Role", "Léa;Moreau;l@x.example;LEARNER", "Léa Moreau"),
        (
            "Nom de famille;Prénom;Adresse mail;Rôle",
            "MOREAU;Léa;l@x.example;Apprenant",
            "Léa MOREAU",
        ),
        ("Nom et prénom;Mail;Rôle", "Moreau Léa;l@x.example;Apprenant", "Moreau Léa"),
        ("NOM Prénom;Courriel;Rôle", "MOREAU Léa;l@x.example;Apprenant", "MOREAU Léa"),
        ("Nom;Prénom;Email;Rôle", "Léa Moreau;Léa;l@x.example;Apprenant", "Léa Moreau"),
    ],
)
def test_names_under_any_heading(acme, tmp_path, head, row, name):
    _outcome, refusals = imported("users", csv_file(tmp_path, head, row))
    assert refusals == []
    assert User.objects.get(email="l@x.example").name == name


@pytest.mark.parametrize("half", ["Roux", "BOB", "roux"])
def test_half_a_name_overwrites_no_whole_one(acme, tmp_path, half):
    path = csv_file(tmp_path, "Nom;Email;Rôle", f"{half};{BOB.email};Apprenant")
    outcome, refusals = imported("users", path)
    assert (counts(outcome), refusals) == ((0, 0, 1, 0), [])
    assert User.objects.get(pk=BOB.id).name == BOB.name


def test_a_first_name_alone_is_none(acme, tmp_path):
    path = csv_file(tmp_path, "Nom;Prénom;Email;Rôle", ";Léa;l@x.example;Apprenant")
    _outcome, refusals = imported("users", path)
    assert [one.column for one in refusals] == ["Nom"]


def test_titles_in_decomposed_letters_are_stored_composed(acme):
    for expected in ((1, 0, 0, 0), (0, 0, 1, 0)):
        outcome, _refusals = imported("courses", CASES / "courses-nfd.csv")
        assert counts(outcome) == expected
    assert Course.objects.get().title == "Préparer l’entretien"


SAME = [
    "Préparer l’entretien",
    "pre\u0301parer l'entretien",
    "PRÉPARER  L’ENTRETIEN",
    "Préparer\u00a0l’entretien",
    "Preparer l'entretien",
]


@pytest.mark.parametrize("title", SAME)
def test_one_course_whatever_its_accents_spaces_and_case(acme, tmp_path, title):
    course = make_course(title="Préparer l’entretien")
    path = csv_file(tmp_path, "E-mail;Intitulé de la formation", f"{BOB.email};{title}")
    _outcome, refusals = imported("enrollments", path)
    assert refusals == []
    assert Enrollment.objects.get().course_id == course.pk


@pytest.mark.parametrize(
    "name",
    ["CAFE ELAN", "Cafe\u0301 É\u0301lan".replace("É\u0301", "É"), "Café\u202fÉlan", "café  élan"],
)
def test_one_company_is_not_doubled(acme, tmp_path, name):
    make_company(name="Café Élan", siret="", contact_email="")
    imported("companies", csv_file(tmp_path, "Raison sociale;E-mail", f"{name};a@b.example"))
    assert Company.objects.count() == 1


def test_a_name_stored_with_odd_spaces_is_found(acme, tmp_path):
    make_company(name="Cafe\u0301\u00a0 Élan", siret="", contact_email="")
    imported("companies", csv_file(tmp_path, "Raison sociale;E-mail", "Café Élan;a@b.example"))
    assert Company.objects.count() == 1


def test_exact_names_go_before_alike_ones(acme, tmp_path):
    for title in ("Word", "WORD"):
        make_course(title=title)
    path = csv_file(tmp_path, "E-mail;Formation", f"{BOB.email};WORD")
    _outcome, refusals = imported("enrollments", path)
    assert refusals == []
    assert Enrollment.objects.get().course.title == "WORD"


def test_the_nearest_name_is_offered(acme, tmp_path):
    make_course(title="Excel avancé")
    path = csv_file(tmp_path, "E-mail;Formation", f"{BOB.email};Exel avance")
    _outcome, [refusal] = imported("enrollments", path)
    assert "Voulez-vous dire « Excel avancé »" in refusal.reason


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("Raisonsocial;Ville", "Voulez-vous dire « Raison sociale » ?"),
        ("SIRET;Ville", "En-tête lu à la ligne 1. Non compris : « Ville »"),
        ("Siren;Raison sociales", "« Raison sociales ». Voulez-vous dire « Raison sociale » ?"),
        (
            "E-mail;Dénomination",
            "Colonne manquante : Raison sociale. En-tête lu à la ligne 1. Non compris : « Dénomination »",
        ),
    ],
)
def test_a_refusal_says_what_was_read(acme, tmp_path, head, said):
    with pytest.raises(UnreadableFileError) as refused:
        imported("companies", csv_file(tmp_path, head, "a;b"))
    assert said in str(refused.value.detail)
