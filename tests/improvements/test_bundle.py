"""Complaints and plans in an audit bundle."""

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from openpyxl import load_workbook

from improvements.models import ImprovementPlan
from improvements.states import ActionStatus, PlanStatus
from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from qualiforma.bundle import verify_bundle
from qualiforma.bundle.scope import Wish, settle
from qualiforma.bundle.services import build_bundle
from qualiforma.filelinks import file_link
from qualiforma.uploads import digest_of
from tests.bundles import Unpacked, pdf_text
from tests.cast import ALICE, BOB, MONA, Client
from tests.files import PDF
from tests.improvements.factories import link, make_attachment, make_complaint, make_plan

SINCE = date(2026, 1, 1)
DATED = {"due_date": date(2100, 1, 1)}
AT = datetime.fromisoformat("2026-11-30T08:00:00+00:00")


def wish(**more):
    return Wish(since=SINCE, generated_at=AT, **more)


@pytest.fixture
def build(acme, tmp_path):
    count = iter(range(100))

    def built(scope=None, **more):
        scope = scope or settle(wish(**more))
        return build_bundle(scope, tmp_path / f"{next(count)}.zip")

    return built


def stored(plan, content=PDF, name="a.pdf", **more):
    key = default_storage.save(f"tenants/acme/improvements/{plan.pk}/x.pdf", ContentFile(content))
    digest = digest_of(io.BytesIO(content))
    return make_attachment(plan, key=key, sha256=digest, name=name, **more)


def test_registers_hold_what_counts_as_evidence(build):
    kept = make_plan([{"status": ActionStatus.DONE}, {"status": ActionStatus.CANCELLED}])
    ImprovementPlan.objects.filter(pk=kept.pk).update(status=PlanStatus.IN_PROGRESS)
    closed = make_plan(status=PlanStatus.COMPLETED)
    make_plan()  # a draft
    make_plan(status=PlanStatus.ARCHIVED)  # given up
    complaint = make_complaint()
    link(kept, complaint)
    make_complaint(received_at=AT - timedelta(days=800))
    bundle = Unpacked(build().path)
    assert {one["Identifiant"] for one in bundle.rows("registres/plans.csv")} == {
        kept.pk,
        closed.pk,
    }
    [action] = bundle.rows("registres/actions.csv")
    assert (action["Statut"], action["Responsable"]) == ("Terminée", ALICE.name)
    [row] = bundle.rows("registres/reclamations.csv")
    assert row["Plans d’amélioration"] == kept.pk
    book = load_workbook(io.BytesIO(bundle.files["registres/plans.xlsx"]))
    sheet = book.worksheets[0]
    assert sheet.max_row == 3
    assert isinstance(sheet["A2"].value, datetime)


def test_the_same_scope_makes_the_same_bytes_whatever_changes_later(build):
    # Readiness is of today: of these plans it has nothing to say, before and after.
    plan = make_plan([DATED, DATED], status=PlanStatus.IN_PROGRESS)
    gone = make_plan([DATED], status=PlanStatus.IN_PROGRESS)
    make_complaint(complainant_name="Luc Ferrand")
    scope = settle(wish())
    first = build(scope)
    assert build(scope).sha256 == first.sha256
    ImprovementPlan.objects.filter(pk=plan.pk).update(title="Autre titre", owner_id=MONA.id)
    plan.actions.update(status=ActionStatus.CANCELLED)
    gone.actions.all().delete()
    gone.delete()
    make_plan([DATED], status=PlanStatus.IN_PROGRESS)
    User.objects.filter(pk=ALICE.id).update(name="Alice Renommée", is_active=False)
    make_complaint()
    assert build(scope).sha256 == first.sha256


def test_nor_is_what_a_fetched_file_is_called(build):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    name = f"att_{'0' * 24}-bob-roux.pdf"
    key = f"tenants/acme/improvements/{plan.pk}/{name}"
    default_storage.save(key, ContentFile(PDF))
    make_attachment(plan, key=key, sha256=digest_of(io.BytesIO(PDF)), name=name, size=len(PDF))
    answer: Any = Client(None).get(file_link(key).partition("8000")[2])
    assert b"".join(answer.streaming_content) == PDF
    for name, text in Unpacked(build().path).everything():
        assert "roux" not in text.lower(), name
    assert AuditEvent.objects.filter(object_id=key.removesuffix("-bob-roux.pdf")).exists()


def test_no_name_of_a_learner_is_in_it(build):
    plan = make_plan(
        [{"description": "Rappeler bob roux au 06 12 34 56 78"}],
        title="Réponse à Roux Bob et à Luc Ferrand",
        description="M. Roux (bob@acme.fr) attend.",
        owner_id=BOB.id,
        status=PlanStatus.IN_PROGRESS,
    )
    complaint = make_complaint(
        complainant_name="Luc Ferrand", subject="Retard", description="Ferrand attend"
    )
    link(plan, complaint)
    ImprovementPlan.objects.filter(pk=plan.pk).update(description="Bob Roux est rappelé.")
    bundle = Unpacked(build().path)
    for name, text in bundle.everything():
        for secret in ("roux", "bob@", "ferrand", "06 12 34"):
            assert secret not in text.lower(), name
    assert f"{BOB.id} (B. R.)" in bundle.rows("registres/plans.csv")[0]["Responsable"]
    named = Unpacked(build(names=True, reason="Demandé par l’auditrice").path)
    assert BOB.name in named.rows("registres/plans.csv")[0]["Responsable"]
    assert named.rows("registres/reclamations.csv")[0]["Auteur"] == "Luc Ferrand"


def test_files_are_left_out_with_the_names_and_said_to_be(build):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    one = stored(plan, name="bob-roux.pdf")
    built = build()
    bundle = Unpacked(built.path)
    assert not built.is_complete
    assert one.sha256 in bundle.files["MANQUES.txt"].decode()
    [row] = bundle.rows(f"plans/{plan.pk}/pieces.csv")
    assert (row["SHA-256"], row["Chemin dans ce dossier"]) == (one.sha256, "")
    built = build(names=True, reason="Audit")
    bundle = Unpacked(built.path)
    assert built.is_complete
    assert "MANQUES.txt" not in bundle.files
    [row] = bundle.rows(f"plans/{plan.pk}/pieces.csv")
    assert bundle.files[row["Chemin dans ce dossier"]] == PDF


def test_a_file_said_to_name_nobody_is_there_without_the_names(build):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    marked, other = stored(plan, free_of_personal_data=True), stored(plan, content=PDF + b"2")
    built = build()
    bundle = Unpacked(built.path)
    paths = {
        row["SHA-256"]: row["Chemin dans ce dossier"]
        for row in bundle.rows(f"plans/{plan.pk}/pieces.csv")
    }
    assert bundle.files[paths[marked.sha256]] == PDF
    assert paths[other.sha256] == ""
    [missing] = built.missing
    assert other.sha256 in str(missing)


def test_a_file_that_is_gone_or_changed_is_missing(build):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    gone, changed = stored(plan), make_attachment(plan, key="tenants/acme/improvements/x/y.pdf")
    default_storage.delete(gone.key)
    default_storage.save(changed.key, ContentFile(PDF))
    built = build(names=True, reason="Audit")
    assert {one.where.rpartition("/")[2] for one in built.missing} == {
        f"{gone.pk}.pdf",
        f"{changed.pk}.pdf",
    }
    assert verify_bundle.verify(str(built.path)).faults == []


def test_what_a_spreadsheet_would_compute_stays_text(build):
    evil = '=HYPERLINK("http://x.example")'
    plan = make_plan(
        [{"description": "+1"}], title=evil, description="@x", status=PlanStatus.IN_PROGRESS
    )
    make_complaint(subject="-2+3", description=evil, resolution="\tx", complainant_name="=1")
    link(plan, make_complaint())
    bundle = Unpacked(build(names=True, reason="Audit").path)
    for name, content in bundle.files.items():
        if name.endswith(".xlsx"):
            sheet = load_workbook(io.BytesIO(content)).worksheets[0]
            assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row), name
        elif name.endswith(".csv"):
            for row in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"):
                assert not [one for one in row if one.startswith(("=", "+", "-", "@", "\t"))]


def test_the_history_tells_what_was_done(as_alice, build):
    plan = make_plan()
    as_alice.patch(f"/api/v1/improvement-plans/{plan.pk}", {"title": "Titre revu"})
    ImprovementPlan.objects.filter(pk=plan.pk).update(status=PlanStatus.IN_PROGRESS)
    rows = Unpacked(build().path).rows(f"plans/{plan.pk}/historique.csv")
    assert any(
        "titre : Améliorer l’accueil des stagiaires → Titre revu" in one["Changements"]
        for one in rows
    )
    assert any(one["Auteur"] == ALICE.name for one in rows)


def test_a_plan_is_there_to_print_and_as_a_workbook(build):
    plan = make_plan(
        [{"description": "Rédiger le livret"}, {"status": ActionStatus.CANCELLED}],
        status=PlanStatus.IN_PROGRESS,
    )
    bundle = Unpacked(build().path)
    text = pdf_text(bundle.files[f"plans/{plan.pk}/plan.pdf"])
    for part in (plan.title, ALICE.name, "Rédiger le livret", "31/12/2026", "Historique"):
        assert part in text
    assert "Annulée" not in text
    book = load_workbook(io.BytesIO(bundle.files[f"plans/{plan.pk}/plan.xlsx"]))
    assert book.sheetnames == ["Plan", "Actions", "Pièces", "Historique"]
    assert book["Actions"]["B2"].value == "Rédiger le livret"
    assert book["Actions"].max_row == 2
