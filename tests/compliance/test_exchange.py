"""The evidence register as files: what an import takes, what it refuses, what an auditor takes out."""

from typing import Any

import pytest

from compliance.models import Evidence
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.training.importing.exporter import give
from qualiforma.training.importing.importer import SYSTEM_ACTOR, Mode
from qualiforma.training.importing.kinds import KINDS, register
from tests.admin_client import entered, text_of
from tests.cast import ALICE, AUDREY, BOB, CHARLIE
from tests.compliance.evidence_factories import SECRET, make_evidence
from tests.qualiforma.training.factories import make_enrollment
from tests.qualiforma.training.sheets import AS_ALICE, cells, counts, csv_file, imported, xlsx_file

KIND = KINDS["evidence"]
HEAD = "Date;Document;Auteur;Nature;Indicateurs;Responsable;Description"
ROW = "02/03/2026;Procédure;Claire Martin;Déclaration;9, 12;alice@acme.fr;Qui répond."
LIST = "/admin/compliance/evidence/"


def taken(folder, *lines, head=HEAD):
    outcome, refusals = imported("evidence", csv_file(folder, head, *lines))
    return counts(outcome), [(one.column, one.reason) for one in refusals]


def test_a_file_of_evidence_is_taken_by_the_service(acme, tmp_path):
    assert taken(tmp_path, ROW) == ((1, 0, 0, 0), [])
    evidence = Evidence.objects.get()
    assert (evidence.title, evidence.kind, evidence.indicators) == (
        "Procédure",
        "STATEMENT",
        [9, 12],
    )
    assert str(evidence.document_date) == str(evidence.valid_from) == "2026-03-02"
    assert (evidence.owner_id, evidence.created_by_id) == (ALICE.id, ALICE.id)
    assert taken(tmp_path, ROW) == ((0, 0, 1, 0), [])
    assert taken(tmp_path, ROW.replace("9, 12", "31")) == ((0, 1, 0, 0), [])
    evidence.refresh_from_db()
    assert (evidence.indicators, evidence.version) == ([31], 2)


def test_a_number_alone_is_an_indicator_and_a_date_cell_a_day(acme, tmp_path):
    head, row = HEAD.split(";"), [9 if one == "9, 12" else one for one in ROW.split(";")]
    outcome, refusals = imported("evidence", xlsx_file(tmp_path, head, row))
    assert (counts(outcome), refusals) == ((1, 0, 0, 0), [])
    assert Evidence.objects.get().indicators == [9]


REFUSED = {
    "indicator 0": (ROW.replace("9, 12", "0"), "Indicateurs"),
    "indicator 34": (ROW.replace("9, 12", "34"), "Indicateurs"),
    "twice": (ROW.replace("9, 12", "9 9"), "Indicateurs"),
    "a decimal number": (ROW.replace("9, 12", "9.12"), "Indicateurs"),
    "none": (ROW.replace("9, 12", ""), "Indicateurs"),
    "no author": (ROW.replace("Claire Martin", ""), "Auteur"),
    "long title": (ROW.replace("Procédure", "x" * 201), "Document"),
    "no such day": (ROW.replace("02/03", "31/02"), "Date"),
    "nature": (ROW.replace("Déclaration", "Rumeur"), "Nature"),
    "a statement without text": (ROW.replace("Qui répond.", ""), "Description"),
    "of another tenant": (ROW.replace(ALICE.email, CHARLIE.email), "Responsable"),
}


@pytest.mark.parametrize(("line", "column"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_names_the_column_and_stores_nothing(acme, tmp_path, line, column):
    found, refusals = taken(tmp_path, line)
    assert (found, [one for one, _reason in refusals]) == ((0, 0, 0, 1), [column])
    assert not Evidence.objects.exists()


MORE = f"{HEAD};Adresse;Type de fiche;Fiche;Valable jusqu’au;Statut;Motif du retrait"
LINK = ROW.replace("Déclaration", "Lien")
REFUSED_MORE = {
    "no address": (f"{LINK};;;;;;", "Adresse"),
    "a script": (f"{LINK};javascript:alert(1);;;;;", "Adresse"),
    "unknown type": (f"{ROW};;Facture;x;;;", "Type de fiche"),
    "unknown record": (f"{ROW};;ENROLLMENT;enr_none;;;", "Fiche"),
    "ends before it begins": (f"{ROW};;;;01/03/2026;;", "Valable jusqu’au"),
    "withdrawn without reason": (f"{ROW};;;;;Retirée;", "Motif du retrait"),
    "a reason alone": (f"{ROW};;;;;Active;Remplacée", "Motif du retrait"),
}


@pytest.mark.parametrize(("line", "column"), REFUSED_MORE.values(), ids=REFUSED_MORE)
def test_links_records_and_withdrawals_are_checked_too(acme, tmp_path, line, column):
    found, refusals = taken(tmp_path, line, head=MORE)
    assert (found, [one for one, _reason in refusals]) == ((0, 0, 0, 1), [column])
    assert not Evidence.objects.exists()


def test_a_record_is_named_by_type_in_either_language(acme, tmp_path):
    enrollment = make_enrollment()
    for name in ("ENROLLMENT", "Inscription", "Enrollment"):
        line = f"{ROW.replace('Procédure', name)};;{name};{enrollment.pk};;;"
        assert taken(tmp_path, line, head=MORE) == ((1, 0, 0, 0), [])
        row = Evidence.objects.get(title=name)
        assert (row.record_type, row.record_id) == ("ENROLLMENT", enrollment.pk)


def test_evidence_is_withdrawn_and_then_stays_as_it_is(acme, tmp_path):
    evidence = make_evidence()
    line = f"{evidence.pk};Retirée;Remplacée"
    found = taken(tmp_path, line, head="Identifiant;Statut;Motif du retrait")
    assert found == ((0, 1, 0, 0), [])
    evidence.refresh_from_db()
    assert (evidence.status, evidence.withdrawal_reason) == ("WITHDRAWN", "Remplacée")
    found, refusals = taken(tmp_path, f"{evidence.pk};Autre titre", head="Identifiant;Document")
    assert (found, len(refusals)) == ((0, 0, 0, 1), 1)


def test_a_trial_writes_nothing(acme, tmp_path):
    outcome, _refusals = imported("evidence", csv_file(tmp_path, HEAD, ROW), Mode.DRY_RUN)
    assert counts(outcome) == (1, 0, 0, 0)
    assert not Evidence.objects.exists()


def test_without_a_user_the_owner_is_named(acme, tmp_path):
    given: dict[str, Any] = {
        "title": "Procédure",
        "kind": "STATEMENT",
        "description": "Dit",
        "indicators": (9,),
    }
    given |= {"document_date": make_evidence().document_date, "author": "Claire Martin"}
    with pytest.raises(Exception, match="Une valeur est attendue"):
        KIND.create(given, SYSTEM_ACTOR)
    assert KIND.create(given | {"owner": BOB.id}, SYSTEM_ACTOR).owner_id == BOB.id


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_nobody_takes_out_confidential_contents(acme, tmp_path, form):
    enrollment = make_enrollment()
    contents = {"author": SECRET, "description": SECRET, "url": f"https://x/{SECRET}"}
    make_evidence(
        title="Signalement de mars",
        confidential=True,
        record_type="ENROLLMENT",
        record_id=enrollment.pk,
        **contents,
    )
    make_evidence(title="Procédure")
    audrey = Actor(id=AUDREY.id, name=AUDREY.name, role=AUDREY.role)
    for actor in (audrey, AS_ALICE):
        path = tmp_path / f"{actor.id}.{form}"
        give(KIND, path, actor=actor, form=form)
        text = path.read_text("utf-8-sig") if form == "csv" else str(cells(path))
        assert "Signalement de mars" in text
        assert text.count(ALICE.email) == 1
        assert SECRET not in text
        assert enrollment.pk not in text
        assert "Claire Martin" in text


@pytest.mark.parametrize(
    ("role", "may_import", "may_export"),
    [
        ("ADMIN", True, True),
        ("MANAGER", False, False),
        ("TRAINER", False, False),
        ("LEARNER", False, False),
        ("AUDITOR", False, True),
    ],
)
def test_who_may_what(role, may_import, may_export):
    actor = Actor(id="usr_any", name="Any", role=Role(role))
    assert (KIND.may_import(actor), KIND.may_export(actor)) == (may_import, may_export)


def test_the_list_leads_to_both(admin_client, acme):
    assert {"Importer", "Exporter"} <= set(text_of(admin_client.get(LIST)).split())
    answer = entered(AUDREY).send(f"{LIST}export/", {"form": "csv"})
    assert b"".join(answer.streaming_content).startswith(b"\xef\xbb\xbfDate;Document;Auteur;")
    answer.close()


def test_a_kind_is_registered_once():
    with pytest.raises(ValueError, match="registered already"):
        register(KIND)
