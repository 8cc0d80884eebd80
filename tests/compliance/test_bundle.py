"""Evidence, needs, paths and learners' files in an audit bundle."""

import io
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from compliance.models import Evidence, OrganisationProfile
from qualiforma.accounts.models import User
from qualiforma.bundle import verify_bundle
from qualiforma.bundle.scope import Wish, settle
from qualiforma.bundle.services import build_bundle
from qualiforma.errors import InvalidFieldsError
from qualiforma.qualiopi.grids import named
from qualiforma.training.models import Attendance, Company, Course, TrainingSession
from tests.bundles import Unpacked, pdf_text
from tests.cast import BOB
from tests.compliance.evidence_factories import (
    SECRET,
    URL,
    evidence_body,
    make_evidence,
    make_version,
)
from tests.compliance.needs_factories import NOTE, make_analysis
from tests.compliance.paths_factories import make_assignment, make_path
from tests.compliance.readiness_factories import at, make_holes, make_learner
from tests.improvements.factories import make_plan
from tests.qualiforma.audit.entries import last_seq
from tests.qualiforma.training.factories import make_signature

SINCE = date(2026, 1, 1)
AT = datetime.fromisoformat("2026-11-30T08:00:00+00:00")


def wish(**more):
    return Wish(since=SINCE, generated_at=AT, **more)


@pytest.fixture
def build(acme, tmp_path):
    count = iter(range(100))

    def built(scope=None, **more):
        return build_bundle(scope or settle(wish(**more)), tmp_path / f"{next(count)}.zip")

    return built


def test_each_indicator_has_its_evidence_and_its_gaps(build):
    make_holes()
    bundle = Unpacked(build().path)
    assert [row["Document"] for row in bundle.rows("indicateurs/i31/preuves.csv")] == [
        "Registre : Réclamations"
    ]
    assert len(bundle.rows("indicateurs/i17/preuves.csv")) == 2
    told = bundle.rows("indicateurs/i31/manques.csv")
    assert any("cmp_silent" in row["Identifiants"] for row in told)
    summary = bundle.rows("indicateurs/synthese.csv")
    assert [row["Indicateur"] for row in summary] == [str(number) for number in range(1, 34)]
    for row in summary:
        path = f"indicateurs/i{int(row['Indicateur']):02d}/preuves.csv"
        assert len(bundle.rows(path)) == int(row["Preuves"])
    book = load_workbook(io.BytesIO(bundle.files["00-matrice.xlsx"]))
    assert book.sheetnames == ["Synthese", "Matrice", "Preuves", "Manques", "Non applicables"]
    assert book["Preuves"].max_row - 1 == sum(int(row["Preuves"]) for row in summary)
    assert book["Manques"].max_row - 1 == sum(int(row["Manques"]) for row in summary)


def test_a_day_before_november_has_the_other_grid_and_a_past_period_no_gaps(build):
    make_evidence()
    bundle = Unpacked(build(audit_day=date(2026, 10, 31), until=date(2026, 11, 27)).path)
    assert "indicateurs/i33/preuves.csv" not in bundle.files
    assert "indicateurs/i31/manques.csv" not in bundle.files
    # Nothing stood in the trail then.
    assert bundle.rows("registres/preuves.csv") == []


def test_a_period_at_the_beginning_of_the_calendar_has_an_end(acme):
    assert settle(Wish(until=date.min)).since == date.min
    assert settle(Wish(until=date(2, 1, 2))).since == date(1, 1, 2)


def test_the_register_words_its_indicators_by_the_grid_of_the_audit(build, as_alice):
    as_alice.post(URL, evidence_body(indicators=[32, 4]))
    day = date(2026, 10, 31)
    [row] = Unpacked(build(audit_day=day).path).rows("registres/preuves.csv")
    assert row["Libellés des indicateurs"].split("\n") == [named(32, day), named(4, day)]


def make_secrets():
    """An enrollment about which there is a name, a contact, a disability and a report to be hidden."""
    make_holes()
    Company.objects.update(contact_email="contact@client.example")
    one = make_learner("one", signed=False)
    TrainingSession.objects.update(title="Entretien de Bob Roux")
    Course.objects.update(title="Accompagnement de Bob Roux")
    make_analysis(
        enrollment=one,
        status="COMPLETED",
        context="Bob Roux souhaite progresser",
        accessibility_needs=NOTE,
    )
    path = make_path([{"course": one.course}])
    make_assignment(path, rationale="Bob Roux est malentendant.")
    secret = make_evidence(
        title="Signalement", description=SECRET, confidential=True, author="X. Y"
    )
    make_version(secret, sha256="ab" * 32)
    return one


def test_names_disability_and_confidential_contents_stay_out(build):
    one = make_secrets()
    bundle = Unpacked(build(enrollments=(one.pk,)).path)
    secrets = ("roux", "bob@", "contact@", "malentend", "boucle magn", SECRET.lower(), "x. y")
    for name, text in bundle.everything():
        assert not [one for one in secrets if one in text.lower()], name
    [row] = [
        one for one in bundle.rows("registres/preuves.csv") if one["Document"] == "Signalement"
    ]
    assert (row["Auteur"], row["SHA-256"]) == ("(confidentiel)", "ab" * 32)


def test_with_names_there_are_names_and_still_no_disability(build):
    one = make_secrets()
    named = Unpacked(build(enrollments=(one.pk,), names=True, reason="Demande écrite").path)
    everything = "".join(text for _name, text in named.everything())
    assert "Bob Roux souhaite" in everything
    assert not [one for one in (NOTE, SECRET, "Boucle magnétique") if one in everything]


def test_the_sample_is_replayed_by_its_seed(build):
    for key in range(9):
        make_learner(f"s{key}")
    drawn = [Unpacked(build(sample=5, seed=7).path).rows("apprenants/liste.csv") for _ in range(2)]
    ids = [[row["Inscription"] for row in rows] for rows in drawn]
    assert len(ids[0]) == 5
    assert ids[0] == ids[1]
    others = Unpacked(build(sample=5, seed=8).path).rows("apprenants/liste.csv")
    assert [row["Inscription"] for row in others] != ids[0]


def test_a_learners_file_says_what_was_expected_and_what_was_found(build):
    one = make_learner("late", need=3)
    bundle = Unpacked(build(enrollments=(one.pk,)).path)
    rows = {row["Étape"]: row for row in bundle.rows(f"apprenants/{one.pk}/attendu-trouve.csv")}
    assert "après le début" in rows["Analyse des besoins"]["Constat"]
    assert rows["Attestation"]["Constat"] == "Pas encore attendu"
    assert rows["Émargement"]["Nombre"] == "1"
    printed = pdf_text(bundle.files[f"apprenants/{one.pk}/chronologie.pdf"])
    assert "après le début" in printed
    assert BOB.name not in printed
    assert len(bundle.rows(f"apprenants/{one.pk}/chronologie.csv")) == 6
    informed = rows["Information de l’apprenant"]
    assert (informed["Indicateur"], informed["Constat"]) == ("9", "Rien à signaler")
    [listed] = bundle.rows("apprenants/liste.csv")
    assert listed["Apprenant"] == f"{BOB.id} (B. R.)"


def test_an_unknown_enrollment_is_refused_and_nothing_is_left(build, tmp_path):
    with pytest.raises(InvalidFieldsError):
        build(enrollments=("enr_nobody",))
    assert list(tmp_path.iterdir()) == []


def test_the_same_scope_makes_the_same_bytes_after_later_changes(build):
    one = make_learner("one")
    evidence = make_evidence(indicators=[5])
    make_path(id="pth_one")
    scope = settle(wish(enrollments=(one.pk,), until=timezone.localdate(), head=last_seq()))
    first = build(scope)
    Evidence.objects.filter(pk=evidence.pk).update(title="Autre", indicators=[6], status="ACTIVE")
    make_evidence(indicators=[5])
    make_learner("two")
    session = Attendance.objects.get(enrollment=one).session
    Attendance.objects.filter(enrollment=one).update(minutes=None)
    # Entered after the period, said to be of it.
    make_signature(session, one, half_day="PM", signed_at=at(-21))
    User.objects.filter(pk=BOB.id).update(name="Robert Nouveau")
    assert build(scope).sha256 == first.sha256


def test_what_the_trail_did_not_keep_is_said_to_be_missing(build):
    evidence = make_evidence(author="Claire Martin")
    scope = settle(wish(head=last_seq()))
    Evidence.objects.filter(pk=evidence.pk).update(author="Paul Durand")
    built = build(scope)
    [missing] = built.missing
    assert missing.what == f"Preuve {evidence.pk}, auteur"
    [row] = Unpacked(built.path).rows("registres/preuves.csv")
    assert row["Auteur"] == "(valeur non conservée par le journal)"
    assert build(scope).sha256 == built.sha256


def test_counts_are_those_of_the_contents(build):
    make_holes()
    built = build()
    assert verify_bundle.verify(str(built.path)).faults == []
    bundle = Unpacked(built.path)
    assert built.counts["analyses"] == len(bundle.rows("registres/analyses.csv")) > 0
    assert built.counts["preuves"] == len(bundle.rows("registres/preuves.csv")) > 30


def test_the_profile_gives_the_period_the_grid_and_what_applies(build):
    today = timezone.localdate()
    OrganisationProfile.objects.create(
        categories=["AF"],
        activity_number="11755555555",
        last_audit_on=today - timedelta(days=40),
        next_audit_on=today + timedelta(days=20),
        next_audit_kind="SURVEILLANCE",
    )
    scope = settle(Wish(generated_at=AT))
    assert scope.since == today - timedelta(days=39)
    assert scope.audit_day == today + timedelta(days=20)
    bundle = Unpacked(build(scope).path)
    rows = {row["Indicateur"]: row["Applicable"] for row in bundle.rows("indicateurs/synthese.csv")}
    assert rows["1"] == "oui"
    assert rows["14"].startswith("non : ")
    assert "non : " in pdf_text(bundle.files["indicateurs/i14/fiche.pdf"])
    first = pdf_text(bundle.files["00-lisez-moi.pdf"])
    assert "11755555555" in first
    assert "décret n° 2026-728" in first
    assert "le dossier est complet" in first
    # As it stood then, whatever is written into it later.
    before = bundle.files["organisme.csv"]
    OrganisationProfile.objects.update(activity_number="99999999999")
    assert Unpacked(build(scope).path).files["organisme.csv"] == before


def test_the_sheet_of_an_indicator_shows_evidence_gaps_and_plans(build):
    make_evidence(title="Procédure de réclamation", indicators=[31])
    make_plan(title="Répondre plus vite", indicators=[31], status="IN_PROGRESS")
    text = pdf_text(Unpacked(build().path).files["indicateurs/i31/fiche.pdf"])
    assert "Procédure de réclamation" in text
    assert "Registre : Réclamations" in text
    assert "Répondre plus vite" in text
    assert "Manques constatés" in text
