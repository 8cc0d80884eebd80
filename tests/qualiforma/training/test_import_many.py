"""Many rows, a few of them bad in every way that there is."""

from datetime import timedelta

import pytest

from qualiforma.training.importing.importer import Mode
from qualiforma.training.models import Course, Enrollment
from tests.cast import BOB
from tests.qualiforma.training.factories import MORNING, make_company, make_course, make_enrollment
from tests.qualiforma.training.sheets import counts, imported, xlsx_file

pytestmark = pytest.mark.django_db
HEAD = (
    *("Apprenant", "Formation", "Entreprise", "Statut", "Référence du paiement"),
    *("Inscrit le", "Terminée le"),
)
SIRET = "35600000000048"
# Which value of a good row is wrong, and what is said of it: eleven kinds.
FAULTS: dict[str, tuple[dict[int, str | None], str, str]] = {
    "nobody": ({0: None}, "Apprenant", "Une valeur est attendue"),
    "unknown person": ({0: "qui@example.fr"}, "Apprenant", "Aucun utilisateur"),
    "unknown course": ({1: "Sans titre"}, "Formation", "ou cet intitulé"),
    "two companies": ({2: "Twin"}, "Entreprise", "Plusieurs entreprises"),
    "no company": ({2: "Nulle part"}, "Entreprise", "Aucune entreprise"),
    "no status": ({3: "Peut-être"}, "Statut", "Valeur inconnue"),
    "no date": ({5: "31/02/2026"}, "Inscrit le", "Indiquez une date"),
    "ends before": ({6: "2020-01-01"}, "Terminée le", "précède l’inscription"),
    "to come": ({5: "2199-01-01", 6: "2199-01-02"}, "Inscrit le", "dans le futur"),
    "too long": ({4: "x" * 300}, "Référence du paiement", "255"),
    "formula": ({4: "=1+1"}, "Référence du paiement", "formule"),
}


def rows(number):
    """Good rows, with bad ones spread among them: 37, of each kind three or four."""
    names = list(FAULTS)
    bad = {number * (rank + 1) // 38: names[rank % len(names)] for rank in range(37)}
    for rank in range(number):
        began = MORNING - timedelta(days=400, minutes=rank)
        row = [BOB.email, "Excel", SIRET, "Terminée", f"0{rank}", began.replace(tzinfo=None), MORNING.replace(tzinfo=None)]  # fmt: skip
        if rank in bad:
            for place, value in FAULTS[bad[rank]][0].items():
                row[place] = value
        yield bad.get(rank), row


def check_refusals(made, refusals):
    wanted = [(place, fault) for place, (fault, _row) in enumerate(made, start=2) if fault]
    assert len(wanted) == 37
    said = {one.row: one for one in reversed(refusals)}
    assert sorted(said) == [place for place, _fault in wanted]
    for place, fault in wanted:
        _values, column, reason = FAULTS[fault]
        assert said[place].column == column, fault
        assert reason in said[place].reason, fault


@pytest.mark.parametrize("number", [160, pytest.param(10_000, marks=pytest.mark.long)])
def test_bad_rows_among_many(acme, tmp_path, number):
    make_course(title="Excel")
    for siret in (SIRET, ""):
        make_company(name="Twin", siret=siret)
    made = list(rows(number))
    path = xlsx_file(tmp_path, list(HEAD), *(row for _fault, row in made))
    for mode in (Mode.DRY_RUN, Mode.ALL):
        outcome, refusals = imported("enrollments", path, mode)
        assert counts(outcome) == (number - 37, 0, 0, 37)
        check_refusals(made, refusals)
        assert not Enrollment.objects.exists()
    outcome, refusals = imported("enrollments", path, Mode.SKIP_BAD)
    assert outcome.is_written
    assert counts(outcome) == (number - 37, 0, 0, 37)
    check_refusals(made, refusals)
    assert Enrollment.objects.count() == number - 37
    assert Enrollment.objects.filter(payment_id__startswith="0").count() == number - 37


def test_a_second_active_enrollment_is_the_databases_rule_too(acme, tmp_path):
    enrollment = make_enrollment(course=make_course(title="Excel"))
    path = xlsx_file(tmp_path, [*list(HEAD[:2]), "Inscrit le"], [BOB.email, "Excel", "01/02/2026"])
    outcome, [refusal] = imported("enrollments", path)
    assert (outcome.refused, refusal.reason) == (1, "Cette personne suit déjà cette formation")
    assert [Enrollment.objects.get().pk, Course.objects.count()] == [enrollment.pk, 1]
