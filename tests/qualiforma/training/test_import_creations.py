"""People, companies and courses that an import creates where it is asked to."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.audit.models import AuditEvent
from qualiforma.training.importing.importer import Mode, Refusal
from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.importing.local_files import import_file
from qualiforma.training.importing.missing import choices_of
from qualiforma.training.models import Company, Course, Enrollment
from tests.actionplans.factories import make_plan as make_action_plan
from tests.admin_client import text_of
from tests.cast import BOB, MONA
from tests.improvements.factories import make_plan as make_improvement_plan
from tests.jobs import queued
from tests.qualiforma.training.factories import make_company, make_course
from tests.qualiforma.training.sheets import AS_ALICE, counts, csv_file

pytestmark = pytest.mark.django_db
ALL = ("users", "companies", "courses")
HEAD = "Apprenant;Nom;Prénom;Formation;Niveau;Durée;SIRET;Raison sociale;Inscrit le"
FIRST = "lea@exemple.fr;Roy;Léa;Excel;Débutant;14 h;35600000000048;La Poste;02/03/2026"
SECOND = "tom@exemple.fr;Petit;Tom;Excel;Débutant;14 h;35600000000048;La Poste;02/03/2026"


def run(path, *, kind="enrollments", creates=ALL, mode=Mode.ALL, actor=AS_ALICE):
    refusals: list[Refusal] = []
    outcome = import_file(
        KINDS[kind],
        path,
        mode=mode,
        actor=actor,
        on_refusal=refusals.append,
        creates=creates,
    )
    return outcome, refusals


def test_one_file_brings_everything_it_names(acme, tmp_path):
    outcome, refusals = run(csv_file(tmp_path, HEAD, FIRST, SECOND))
    assert (refusals, counts(outcome)) == ([], (2, 0, 0, 0))
    [lea, tom] = User.objects.filter(email__endswith="@exemple.fr").order_by("email")
    assert (lea.name, lea.role, tom.name) == ("Léa Roy", Role.LEARNER, "Tom Petit")
    [company], [course] = Company.objects.all(), Course.objects.all()
    assert (company.name, company.siret) == ("La Poste", "35600000000048")
    assert (course.title, course.level, int(course.duration_hours)) == ("Excel", "BEGINNER", 14)
    assert Enrollment.objects.filter(company=company, course=course).count() == 2
    assert queued() == []
    recorded = {(one.object_type, one.actor) for one in AuditEvent.objects.all()}
    assert {(kind, AS_ALICE.id) for kind in ("user", "company", "course")} <= recorded, recorded


def test_a_trial_says_what_would_be_created_and_creates_nothing(acme, tmp_path):
    users = User.objects.count()
    outcome, refusals = run(csv_file(tmp_path, HEAD, FIRST, SECOND), mode=Mode.DRY_RUN)
    assert (refusals, counts(outcome)) == ([], (2, 0, 0, 0))
    made = {one["kind"]: (one["count"], one["names"]) for one in outcome.shown["made"]}
    assert made == {
        "Utilisateurs": (2, ["lea@exemple.fr", "tom@exemple.fr"]),
        "Entreprises": (1, ["35600000000048"]),
        "Formations": (1, ["Excel"]),
    }
    values = {one["heading"]: one["value"] for one in outcome.shown["rows"][0]["values"]}
    assert values["Apprenant"].startswith("Léa Roy")
    assert User.objects.count() == users
    assert not any(one.objects.exists() for one in (Company, Course, Enrollment))


def test_nothing_is_created_unasked(acme, tmp_path):
    outcome, refusals = run(csv_file(tmp_path, HEAD, FIRST), creates=())
    assert counts(outcome) == (0, 0, 0, 1)
    assert {one.column for one in refusals} == {"Apprenant", "Formation", "SIRET"}
    outcome, refusals = run(csv_file(tmp_path, HEAD, FIRST), creates=("users", "companies"))
    assert counts(outcome) == (0, 0, 0, 1)
    assert not Company.objects.exists()
    assert not User.objects.filter(email="lea@exemple.fr").exists()


def test_people_are_invited_where_it_is_asked_for(acme, tmp_path):
    run(csv_file(tmp_path, HEAD, FIRST), creates=(*ALL, "invitations"))
    assert queued() == ["mail.deliver"]


REFUSED = [
    (f"{HEAD};Statut", f"{FIRST};Inconnu", "Statut", "Valeur inconnue"),
    ("Apprenant;Formation;Inscrit le", "lea@exemple.fr;Excel;02/03/2026", "Apprenant", "Nom"),
    (HEAD.replace("Durée", "Autre"), FIRST, "Formation", "Durée"),
    (HEAD, FIRST.replace("14 h", "beaucoup"), "Formation", "nombre"),
    (HEAD, FIRST.replace("35600000000048", "35600000000009"), "SIRET", "SIRET"),
    (HEAD, FIRST.replace("02/03/2026", "02/03/2199"), "Inscrit le", "futur"),
]


PERSON = "neo@exemple.fr"
OTHERS = {
    "sessions": (
        "Formation;Niveau;Durée;Intitulé;Début;Fin;Modalité;Formateur;Nom du formateur;Prénom du formateur",
        f"Excel;Débutant;14 h;Matin;09/03/2026 09:00;09/03/2026 12:30;Présentiel;{PERSON};Roy;Neo",
    ),
    "questionnaires": (
        "Intitulé;Nature;Formation;Niveau de la formation;Durée de la formation;Score maximal",
        "À chaud;Satisfaction;Excel;Débutant;14 h;20",
    ),
    "improvement-plans": (
        "Titre;Déclencheur;Responsable;Échéance;Nom du responsable",
        f"Accueil;Réclamation;{PERSON};31/12/2026;Neo Roy",
    ),
    "corrective-actions": (
        "Plan;Action;Responsable;Nom du responsable",
        f"Livret;Rédiger;{PERSON};Neo Roy",
    ),
    "evidence": (
        "Date;Document;Auteur;Nature;Indicateurs;Description;Responsable;Nom du responsable",
        f"02/03/2026;Procédure;Alex;Déclaration;31;Qui répond;{PERSON};Neo Roy",
    ),
    "plan-actions": (
        "Plan;Action;Responsables;Nom du responsable",
        f"Accueil 2026;Rédiger;{PERSON};Neo Roy",
    ),
}
PEOPLE_KINDS = [name for name in OTHERS if "users" in KINDS[name].creates]


@pytest.fixture
def plans(acme):
    """The plans that files of actions name."""
    make_action_plan(title="Accueil 2026")
    make_improvement_plan(title="Livret")


def test_every_kind_that_can_create_is_tried_here():
    assert {name for name, kind in KINDS.items() if kind.creates} == {"enrollments", *OTHERS}


@pytest.mark.parametrize("name", OTHERS)
def test_other_kinds_create_what_their_rows_name(plans, tmp_path, name):
    path, records = csv_file(tmp_path, *OTHERS[name]), KINDS[name].model._default_manager
    before, creates = records.count(), KINDS[name].creates
    outcome, _refusals = run(path, kind=name, creates=(), mode=Mode.DRY_RUN)
    assert counts(outcome) == (0, 0, 0, 1)
    outcome, refusals = run(path, kind=name, creates=creates, mode=Mode.DRY_RUN)
    assert (refusals, counts(outcome)) == ([], (1, 0, 0, 0))
    assert records.count() == before
    outcome, refusals = run(path, kind=name, creates=creates)
    assert (refusals, counts(outcome)) == ([], (1, 0, 0, 0))
    assert records.count() == before + 1
    if name in PEOPLE_KINDS:
        neo = User.objects.get(email=PERSON)
        assert (neo.name, neo.role) == ("Neo Roy", KINDS[name].created_role)
    if "courses" in creates:
        assert Course.objects.get().title == "Excel"
    again, _refusals = run(path, kind=name, creates=creates)
    assert (again.created, again.refused, again.shown["made"]) == (0, 0, [])


def test_several_people_of_one_cell_are_created_with_their_names(plans, tmp_path):
    head = "Plan;Action;Responsables;Nom du responsable;Statut"
    row = '"Accueil 2026";Rédiger;"neo@exemple.fr\nzoe@exemple.fr";"Neo Roy\nZoé Petit";"zoe@exemple.fr : Terminée"'
    outcome, refusals = run(csv_file(tmp_path, head, row), kind="plan-actions")
    assert (refusals, counts(outcome)) == ([], (1, 0, 0, 0))
    assert outcome.shown["made"] == [
        {"kind": "Utilisateurs", "count": 2, "names": ["neo@exemple.fr", "zoe@exemple.fr"]}
    ]
    people = User.objects.filter(email__endswith="@exemple.fr").order_by("email")
    assert [one.name for one in people] == ["Neo Roy", "Zoé Petit"]


def test_the_columns_of_what_is_created_are_said_to_be_read(acme, tmp_path):
    path = csv_file(tmp_path, HEAD, FIRST)
    for creates, becomes in (
        (ALL, "lue pour les fiches à créer"),
        (("companies", "courses"), "affichée pour mémoire : non lue"),
    ):
        outcome, _refusals = run(path, creates=creates, mode=Mode.DRY_RUN)
        columns = {one["heading"]: one["becomes"] for one in outcome.shown["columns"]}
        assert columns["Prénom"] == becomes


def test_the_list_of_what_is_written_names_what_was_created(acme, admin_client, tmp_path):
    url = "/admin/training/enrollment/import/"
    file = SimpleUploadedFile("inscrits.csv", f"{HEAD}\n{FIRST}\n{SECOND}".encode())
    answer = admin_client.send(url, {"file": file, "creates": ALL})
    admin_client.send(answer.url)
    listed = b"".join(admin_client.get(f"{answer.url}written/").streaming_content)
    lines = [one.split(";") for one in listed.decode("utf-8-sig").splitlines()]
    lea, tom = (User.objects.get(email=f"{one}@exemple.fr").pk for one in ("lea", "tom"))
    first, second = Enrollment.objects.order_by("user__email").values_list("pk", flat=True)
    assert lines == [
        ["Ligne", "Identifiant", "Effet", "Fiches", "Valeur"],
        ["2", lea, "Créée", "Utilisateurs", "lea@exemple.fr"],
        ["2", Course.objects.get().pk, "Créée", "Formations", "Excel"],
        ["2", Company.objects.get().pk, "Créée", "Entreprises", "35600000000048"],
        ["2", first, "Créée", "Inscriptions", ""],
        ["3", tom, "Créée", "Utilisateurs", "tom@exemple.fr"],
        ["3", second, "Créée", "Inscriptions", ""],
    ]


@pytest.mark.parametrize(("head", "row", "column", "reason"), REFUSED, ids=str)
def test_a_refused_row_leaves_nothing_of_what_it_needs(acme, tmp_path, head, row, column, reason):
    before = AuditEvent.objects.count()
    outcome, refusals = run(csv_file(tmp_path, head, row), mode=Mode.SKIP_BAD)
    assert counts(outcome) == (0, 0, 0, 1)
    assert [one.column for one in refusals][-1] == column
    assert reason in refusals[-1].reason
    assert not any(one.objects.exists() for one in (Company, Course, Enrollment))
    assert not User.objects.filter(email="lea@exemple.fr").exists()
    assert AuditEvent.objects.count() - before <= 1  # that the file was imported


def test_a_refused_row_does_not_spoil_the_next(acme, tmp_path):
    late = FIRST.replace("02/03/2026", "02/03/2199")
    outcome, _refusals = run(csv_file(tmp_path, HEAD, late, FIRST), mode=Mode.SKIP_BAD)
    assert counts(outcome) == (1, 0, 0, 1)
    assert (Company.objects.count(), Course.objects.count()) == (1, 1)


def test_what_is_there_is_taken_as_it_is(acme, tmp_path):
    company, course = make_company(name="Poste", siret="35600000000048"), make_course(title="Excel")
    row = f"{BOB.email};Autre;Nom;excel;Avancé;3 h;35600000000048;La Poste;02/03/2026"
    outcome, refusals = run(csv_file(tmp_path, HEAD, row))
    assert (refusals, counts(outcome)) == ([], (1, 0, 0, 0))
    assert Enrollment.objects.get().user_id == BOB.id
    for one in (company, course):
        before = type(one).objects.values().get(pk=one.pk)
        assert before["version"] == one.version
    assert User.objects.get(pk=BOB.id).name == BOB.name


def test_a_page_offers_it_and_shows_what_would_be_created(acme, admin_client, tmp_path):
    url = "/admin/training/enrollment/import/"
    assert "les personnes inconnues" in text_of(admin_client.get(url))
    assert "Créer en même temps" not in text_of(admin_client.get("/admin/training/company/import/"))
    file = SimpleUploadedFile("inscrits.csv", f"{HEAD}\n{FIRST}".encode())
    answer = admin_client.send(url, {"file": file, "creates": ALL})
    page = text_of(admin_client.get(answer.url))
    assert "Fiches qui seraient créées en même temps" in page
    assert "Utilisateurs 1 lea@exemple.fr" in page
    assert "ne reçoivent pas d’invitation" in page
    assert not Enrollment.objects.exists()
    admin_client.send(answer.url)
    assert Enrollment.objects.get().user.email == "lea@exemple.fr"
    assert "Fiches créées en même temps" in (page := text_of(admin_client.get(answer.url)))
    assert "Utilisateurs 1 lea@exemple.fr" in page
    assert "Vérifiez qu’aucune" not in page


def test_who_may_not_keep_users_is_not_offered_them(acme, tmp_path):
    mona = Actor.of(User.objects.get(pk=MONA.id))
    offered = dict(choices_of(KINDS["enrollments"], mona))
    assert set(offered) == {"companies", "courses"}
    outcome, _refusals = run(csv_file(tmp_path, HEAD, FIRST), actor=mona, creates=ALL)
    assert counts(outcome) == (0, 0, 0, 1)


def test_the_command_creates_what_it_is_asked_to(acme, tmp_path, capsys):
    path = csv_file(tmp_path, HEAD, FIRST)
    called = ("import_records", "enrollments", str(path), "--tenant", "acme", "--create", *ALL)
    call_command(*called, "--dry-run")
    assert "À créer en même temps – Entreprises : 1" in capsys.readouterr().out
    call_command(*called)
    assert "Créées en même temps – Entreprises : 1" in capsys.readouterr().out
    assert Enrollment.objects.get().user.name == "Léa Roy"
    with pytest.raises(CommandError, match="pas d’autres fiches"):
        call_command("import_records", "courses", str(path), "--tenant=acme", "--create", "users")
