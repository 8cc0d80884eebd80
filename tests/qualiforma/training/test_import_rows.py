"""Rows: what each becomes, and what a refused one says."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qualiforma.audit.models import AuditEvent
from qualiforma.training.importing.exceptions import CellError
from qualiforma.training.importing.importer import Mode
from qualiforma.training.importing.kinds.evidence import read_score
from qualiforma.training.importing.values import read_decimal
from qualiforma.training.models import Company, Course, Enrollment
from tests.cast import BOB, TOM
from tests.qualiforma.training.factories import (
    MORNING,
    make_company,
    make_course,
    make_enrollment,
    make_questionnaire,
    make_session,
    make_signature,
    make_submission,
)
from tests.qualiforma.training.sheets import counts, csv_file, imported

pytestmark = pytest.mark.django_db
ENROLLMENTS = "Apprenant;Formation;Inscrit le"


def quoted(cell):
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def refused(kind, path):
    outcome, refusals = imported(kind, path)
    assert not outcome.is_written
    return [(one.row, one.column, one.reason) for one in refusals]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("02/03/2026", datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ("2/3/2026 9:05", datetime(2026, 3, 2, 8, 5, tzinfo=UTC)),
        ("02.03.2026 09h05", datetime(2026, 3, 2, 8, 5, tzinfo=UTC)),
        ("2 mars 2026 à 9h", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("1er août 2026", datetime(2026, 7, 31, 22, tzinfo=UTC)),
        ("2026/03/02", datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ("2026-03-02T09:05:07+01:00", datetime(2026, 3, 2, 8, 5, 7, tzinfo=UTC)),
        ("2026-03-02T08:05:07Z", datetime(2026, 3, 2, 8, 5, 7, tzinfo=UTC)),
    ],
)
def test_dates_in_words(acme, tmp_path, text, instant):
    make_course(title="Excel")
    path = csv_file(tmp_path, ENROLLMENTS, f"{BOB.email};Excel;{text}")
    assert imported("enrollments", path)[1] == []
    assert Enrollment.objects.get().enrolled_at == instant


@pytest.mark.parametrize("text", ["31/02/2026", "03/25/2026", "2026-13-01", "demain", "12", "9999-01-01", "0001-01-01", "2/3/26", "01/03/2026 25:00"])  # fmt: skip
def test_dates_that_are_none(acme, tmp_path, text):
    make_course(title="Excel")
    path = csv_file(tmp_path, ENROLLMENTS, f"{BOB.email};Excel;{text}")
    [(row, column, reason)] = refused("enrollments", path)
    assert (row, column) == (2, "Inscrit le")
    assert "Indiquez une date" in reason


def test_words_and_numbers_as_people_write_them(acme, tmp_path):
    path = csv_file(
        tmp_path,
        "Title;Level;Niveau d'entrée;Durée;Objectifs;Active",
        'Excel;avance;BEGINNER;"1 014,5";"Trier\nFiltrer";NON',
    )
    assert imported("courses", path)[1] == []
    course = Course.objects.get()
    assert (course.level, course.duration_hours) == ("ADVANCED", Decimal("1014.5"))
    assert (course.objectives, course.active) == (["Trier", "Filtrer"], False)


@pytest.mark.parametrize("cell", ["1_000", "٣", "inf", "NaN", "1e400", "12 h", "", "1.234,5"])
def test_numbers_that_are_none(cell):
    with pytest.raises(CellError, match="Indiquez un nombre"):
        read_decimal(cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [(0.1 + 0.2, "0.3"), (7.5, "7.5"), ("\u202f1\u00a0014,50 ", "1014.50"), ("-1e2", "-100")],
)
def test_numbers_as_people_see_them(cell, number):
    assert read_decimal(cell) == Decimal(number)


def test_labels_in_the_other_language(acme, tmp_path):
    path = csv_file(tmp_path, "Email;Name;Role", "x@acme.fr;Xavier;quality manager")
    assert imported("users", path)[1] == []


def test_companies_by_siret_by_name_and_not_by_a_name_of_two(acme, tmp_path):
    first = make_company(name="Twin", siret="35600000000048")
    make_company(name="Twin")
    only = make_company(name="Seule")
    course = make_course(title="Excel")
    head = "Apprenant;Formation;Entreprise;Statut;Inscrit le;Terminée le"
    done = "Terminée;2026-01-0{0};2026-02-01"
    lines = [
        f"{BOB.email};{course.pk};356 000 000 00048;{done.format(1)}",
        f"{BOB.email};{course.pk};seule;{done.format(2)}",
        f"{BOB.email};{course.pk};Twin;{done.format(3)}",
        f"{BOB.email};{course.pk};Nulle;{done.format(4)}",
    ]
    outcome, refusals = imported("enrollments", csv_file(tmp_path, head, *lines), Mode.SKIP_BAD)
    assert counts(outcome) == (2, 0, 0, 2)
    assert [one.reason.split(" (")[0] for one in refusals] == [
        "Plusieurs entreprises ont ce nom",
        "Aucune entreprise n’a ce nom, ce SIRET ou cet identifiant.",
    ]
    kept = Enrollment.objects.order_by("enrolled_at").values_list("company", flat=True)
    assert list(kept) == [first.pk, only.pk]


def test_all_reasons_of_a_row_are_given_and_nothing_is_written(acme, tmp_path):
    head = "Raison sociale;SIRET;E-mail de contact"
    path = csv_file(tmp_path, head, ";12;x", "Juste;;", f"{'x' * 300};12;x")
    assert [(row, column) for row, column, _reason in refused("companies", path)] == [
        (2, "Raison sociale"),
        (4, "Raison sociale"),
        (4, "E-mail de contact"),
        (4, "SIRET"),
    ]
    assert not Company.objects.exists()


def test_a_dry_run_counts_and_leaves_no_trace(acme, tmp_path):
    known = make_company(name="Connue")
    before = AuditEvent.objects.count()
    path = csv_file(tmp_path, "id;name", f"{known.pk};Renommée", ";Nouvelle")
    outcome, _refusals = imported("companies", path, Mode.DRY_RUN)
    assert counts(outcome) == (1, 1, 0, 0)
    assert not outcome.is_written
    assert Company.objects.get().name == "Connue"
    assert AuditEvent.objects.count() == before


def test_an_import_stands_in_the_trail_with_its_rows(acme, tmp_path):
    imported("companies", csv_file(tmp_path, "name", "Une", "Deux"))
    codes = list(AuditEvent.objects.order_by("-seq").values_list("action", "actor")[:3])
    assert codes == [
        ("training.records.imported", "usr_alice"),
        ("training.company.created", "usr_alice"),
        ("training.company.created", "usr_alice"),
    ]


def test_emptied_cells_empty_only_what_the_row_names_by_id(acme, tmp_path):
    by_id = make_company(name="Un", siret="35600000000048")
    by_name = make_company(name="Deux", contact_email="a@b.fr")
    path = csv_file(tmp_path, "id;name;siret;email", f"{by_id.pk};Un;;", ";Deux;;")
    assert counts(imported("companies", path)[0]) == (0, 1, 1, 0)
    assert Company.objects.get(pk=by_id.pk).siret == ""
    assert Company.objects.get(pk=by_name.pk).contact_email == "a@b.fr"


def test_two_rows_about_one_record_contradict_one_another(acme, tmp_path):
    path = csv_file(tmp_path, "name;email", "Une;a@b.fr", "Une;c@d.fr")
    [(row, _column, reason)] = refused("companies", path)
    assert row == 3
    assert reason == "La ligne 2 concerne déjà la même fiche."


def test_evidence_does_not_change(acme, tmp_path):
    enrollment = make_enrollment()
    session = make_session(enrollment.course)
    signature = make_signature(session, enrollment)
    answer = make_submission(make_questionnaire(), enrollment=enrollment, score=12)
    head = "id;session;inscription;demi-journée;moyen"
    same = f"{signature.pk};{session.pk};{enrollment.pk};Matin"
    assert counts(imported("signatures", csv_file(tmp_path, head, f"{same};LINK"))[0]) == (0, 0, 1, 0)  # fmt: skip
    [(_row, column, reason)] = refused("signatures", csv_file(tmp_path, head, f"{same};PAPER"))
    assert column == "moyen"
    assert "sert de preuve" in reason
    path = csv_file(tmp_path, "id;questionnaire;répondant;score", f"{answer.pk};{answer.questionnaire_id};LEARNER;13")  # fmt: skip
    assert [one[1] for one in refused("submissions", path)] == ["score"]


@pytest.mark.parametrize("cell", [r'["a\u0000"]', r'["\ud800"]', "a\x0bb", "\u200b", "[" * 20_000])
def test_texts_that_cannot_be_kept(acme, tmp_path, cell):
    path = csv_file(tmp_path, "title;level;duration;objectives", f"Excel;Débutant;7;{quoted(cell)}")
    assert [one[1] for one in refused("courses", path)] == ["objectives"]


@pytest.mark.parametrize(
    "cell", [r'{"q": "\u0000"}', '{"q": NaN}', '{"q": 1e999}', '{"q": {}}', '{"q":' * 5000]
)
def test_answers_are_what_the_api_takes(acme, tmp_path, cell):
    questionnaire = make_questionnaire(kind="SATISFACTION")
    row = f"{questionnaire.pk};Apprenant;{quoted(cell)}"
    path = csv_file(tmp_path, "questionnaire;répondant;réponses", row)
    assert [one[1] for one in refused("submissions", path)] == ["réponses"]


def test_who_learns_what_stays(acme, tmp_path):
    enrollment = make_enrollment()
    other = make_course(title="Word")
    path = csv_file(tmp_path, "id;course", f"{enrollment.pk};{other.pk}")
    assert [one[1] for one in refused("enrollments", path)] == ["course"]


def test_an_illegal_move_is_refused_in_the_services_words(acme, tmp_path):
    enrollment = make_enrollment(status="REVOKED")
    path = csv_file(tmp_path, "id;statut", f"{enrollment.pk};En cours")
    assert refused("enrollments", path) == [(2, "", "Changement de statut impossible")]


def test_attendances_by_address(acme, tmp_path):
    enrollment = make_enrollment()
    make_session(enrollment.course, title="Jour 1")
    head = "Session;Apprenant;Présent;Minutes suivies"
    path = csv_file(tmp_path, head, f"Jour 1;{BOB.email};oui;420")
    assert counts(imported("attendances", path)[0]) == (1, 0, 0, 0)
    assert counts(imported("attendances", path)[0]) == (0, 0, 1, 0)
    path = csv_file(tmp_path, head, f"Jour 1;{BOB.email};non;")
    assert counts(imported("attendances", path)[0]) == (0, 1, 0, 0)
    path = csv_file(tmp_path, head, f"Jour 1;{TOM.email};oui;")
    assert refused("attendances", path)[0][1] == "Apprenant"
    assert enrollment.attendances.get().minutes is None


def test_users_are_invited_and_leavers_are_not(acme, tmp_path, mails):
    path = csv_file(
        tmp_path,
        "Adresse e-mail;Nom;Rôle;Actif;Inviter",
        "New@acme.fr;Nouvelle;Apprenant;oui;oui",
        "old@acme.fr;Partie;Formateur;non;non",
        "calm@acme.fr;Calme;Formateur;oui;",
        f"{BOB.email};{BOB.name};Formateur;oui;oui",
        f"bad;{'n' * 300};Chef;oui;non",
    )
    outcome, refusals = imported("users", path, Mode.SKIP_BAD)
    assert counts(outcome) == (3, 1, 0, 1)
    assert [one.column for one in refusals] == ["Rôle"]
    assert [mail.to for mail in mails()] == [["new@acme.fr"]]


def test_a_certificate_brings_the_next_number_or_none(acme, tmp_path):
    first, second = (
        make_enrollment(course=make_course(title=title), status="COMPLETED") for title in "AB"
    )
    head = "Numéro;Inscription;Délivrée le"
    wrong = csv_file(tmp_path, head, f"2026-0002;{first.pk};10/03/2026")
    assert "n’est pas le suivant" in refused("certificates", wrong)[0][2]
    right = csv_file(tmp_path, head, f"2026-0001;{first.pk};10/03/2026", f";{second.pk};11/03/2026")
    assert counts(imported("certificates", right)[0]) == (2, 0, 0, 0)
    assert second.certificate.number == "2026-0002"
    assert second.certificate.issued_at > MORNING


def test_a_percent_is_a_score_and_no_length(acme):
    assert read_score("75 %", None) == 75
    with pytest.raises(CellError):
        read_decimal("75 %")
