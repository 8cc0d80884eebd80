"""Plans, closing reports and lists as files: what a page shows, opened by other programs."""

import csv
import io
import subprocess
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.utils import timezone
from openpyxl import load_workbook

from improvements.models import ImprovementPlan, PlanComplaint
from improvements.services import close_plan, edit_plan
from improvements.services.inputs import Closure
from improvements.states import ActionStatus, ComplaintStatus, PlanStatus
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.audit.descriptions import describe
from qualiforma.audit.models import AuditEvent
from qualiforma.qualiopi.grids import named
from tests.admin_client import entered
from tests.cast import ALICE, CHARLIE
from tests.improvements.factories import make_complaint, make_plan
from tests.qualiforma.training.factories import make_enrollment

LIST = "/admin/improvements/improvementplan/"
COMPLAINTS = "/admin/improvements/complaint/"


def body_of(answer):
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def file_of(admin_client, plan, name):
    return body_of(admin_client.get(f"{LIST}{quote(plan.pk)}/download/{name}"))


def text_of_pdf(content, tmp_path):
    path = tmp_path / "file.pdf"
    path.write_bytes(content)
    command = ["pdftotext", "-layout", path, "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def rows_of_csv(answer):
    text = body_of(answer).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


@pytest.fixture
def plan(acme):
    actions: list[dict[str, Any]] = [
        {"description": '=HYPERLINK("http://x")', "due_date": date(2026, 3, 2)},
        {"description": "Relire le livret", "status": ActionStatus.DONE},
    ]
    return make_plan(actions, title="Accueil « été »", description="Une ligne.\nUne autre.")


def test_a_plan_as_pdf(admin_client, plan, tmp_path):
    alice = Actor.of(User.objects.get(pk=ALICE.id))
    edit_plan(plan=plan, changes={"target_date": date(2027, 1, 31)}, actor=alice)
    text = text_of_pdf(file_of(admin_client, plan, "plan.pdf"), tmp_path)
    for part in (
        *("Acme", "Accueil « été »", plan.pk, "Alice Durand", "Une autre.", "=HYPERLINK"),
        *("31/01/2027", "Première échéance", "31/12/2026", "02/03/2026", "32 – "),
    ):
        assert part in text


def test_a_plan_as_a_workbook(admin_client, plan):
    book = load_workbook(io.BytesIO(file_of(admin_client, plan, "plan.xlsx")))
    assert book.sheetnames == ["Plan", "Actions", "Réclamations", "Pièces"]
    [_head, first, second] = book["Actions"].iter_rows(values_only=True)
    assert first[0] == '=HYPERLINK("http://x")'
    assert book["Actions"]["A2"].data_type == "s"
    assert first[5] == (timezone.localdate() - date(2026, 3, 2)).days
    assert second[5] is None
    assert isinstance(second[6], type(timezone.now().replace(tzinfo=None)))


def test_the_closing_report_as_pdf(admin_client, acme, tmp_path):
    plan = make_plan(
        [{"description": "Relire", "status": ActionStatus.DONE}], status=PlanStatus.IN_PROGRESS
    )
    alice = Actor.of(User.objects.get(pk=ALICE.id))
    closure = Closure(summary="Le livret est clair.", outcomes=["Moins de questions"])
    close_plan(plan=plan, closure=closure, actor=alice)
    text = text_of_pdf(file_of(admin_client, plan, "rapport.pdf"), tmp_path)
    for part in ("Rapport de clôture", "Le livret est clair.", "Moins de questions", "Relire"):
        assert part in text
    assert "rapport.pdf" in admin_client.get(f"{LIST}{quote(plan.pk)}/change/").content.decode()


def test_the_list_has_the_filters_of_the_screen(admin_client, acme):
    late = make_plan(title="En retard", target_date=date(2026, 1, 5))
    make_plan(title="À temps", target_date=timezone.localdate() + timedelta(days=30))
    make_plan(title="En retard aussi", status=PlanStatus.IN_PROGRESS, target_date=date(2026, 2, 5))
    answer = admin_client.get(f"{LIST}download/csv/?overdue=true&status__exact=DRAFT&p=7")
    [row] = rows_of_csv(answer)
    assert row["Libellés des indicateurs"] == named(32)
    assert (row["Identifiant"], row["Échéance"]) == (late.pk, "2026-01-05")
    assert int(row["Jours de retard"]) == (timezone.localdate() - date(2026, 1, 5)).days
    found = rows_of_csv(admin_client.get(f"{LIST}download/csv/?q=retard"))
    assert [row["Titre"] for row in found] == ["En retard aussi", "En retard"]
    page = admin_client.get(f"{LIST}?overdue=true").content.decode()
    assert "download/xlsx/?overdue=true" in page


def test_the_list_as_a_workbook(admin_client, acme):
    make_plan(title="+1 formule", actions=[{"status": ActionStatus.DONE}, {}])
    content = body_of(admin_client.get(f"{LIST}download/xlsx/"))
    [head, row] = load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    shown = dict(zip(head, row, strict=True))
    assert (shown["Titre"], shown["Actions"], shown["Actions terminées"]) == ("+1 formule", 2, 1)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_list_says_that_a_plan_recurs(admin_client, acme, form):
    enrollment, closed_at = make_enrollment(), timezone.now() - timedelta(days=30)
    plan = make_plan()
    before = make_complaint(received_at=closed_at - timedelta(days=9), enrollment=enrollment)
    PlanComplaint.objects.create(plan=plan, complaint=before, position=0)
    closed = {"status": PlanStatus.COMPLETED, "closed_at": closed_at, "closed_by_id": ALICE.id}
    ImprovementPlan.objects.filter(pk=plan.pk).update(**closed)
    make_complaint(received_at=closed_at + timedelta(days=9), enrollment=enrollment)
    answer = admin_client.get(f"{LIST}download/{form}/")
    if form == "csv":
        [row] = rows_of_csv(answer)
    else:
        sheet = load_workbook(io.BytesIO(body_of(answer))).worksheets[0]
        row = dict(zip(*sheet.iter_rows(values_only=True), strict=True))
    assert row["Récidive"] == "oui"


def test_complaints_as_csv(admin_client, acme):
    make_complaint(subject="@ligne", description="Trop\ntard")
    now = timezone.now()
    make_complaint(
        subject="Close", status=ComplaintStatus.RESOLVED, received_at=now, resolved_at=now
    )
    [row] = rows_of_csv(admin_client.get(f"{COMPLAINTS}download/csv/?answered=false"))
    assert (row["Objet"], row["Description"]) == ("'@ligne", "Trop\ntard")
    assert row["Jours depuis la réception"] == "0"


def test_an_export_is_an_entry_of_the_trail(admin_client, plan):
    file_of(admin_client, plan, "plan.pdf")
    assert admin_client.head(f"{LIST}{quote(plan.pk)}/download/plan.pdf").status_code == 403
    rows_of_csv(admin_client.get(f"{LIST}download/csv/?overdue=true"))
    events = AuditEvent.objects.filter(action__startswith="records.").order_by("seq")
    [one, listed] = [describe(event) for event in events]
    assert (one.sentence, one.event.object_id) == ("Alice Durand a exporté la fiche", plan.pk)
    assert {"sha256", "format"} <= {change.column for change in one.changes}
    assert listed.sentence == "Alice Durand a exporté une liste"


def test_who_may_not_read_gets_no_file(plan, auditor_client):
    other = entered(CHARLIE)
    for name in ("plan.pdf", "plan.xlsx", "rapport.pdf"):
        assert other.get(f"{LIST}{quote(plan.pk)}/download/{name}").status_code in {302, 404}
        assert file_of(auditor_client, plan, name)
    assert auditor_client.get(f"{LIST}{quote(plan.pk)}/download/other.pdf").status_code == 404
    assert auditor_client.send(f"{LIST}download/csv/").status_code == 403
    assert auditor_client.get(f"{LIST}download/pdf/").status_code == 404
    assert rows_of_csv(other.get(f"{LIST}download/csv/")) == []


def test_too_long_a_list_is_refused_in_words(admin_client, acme, monkeypatch):
    monkeypatch.setattr("qualiforma.admin.downloads.ROWS_MAX", 1)
    make_plan()
    make_plan()
    answer = admin_client.get(f"{LIST}download/csv/?status__exact=DRAFT", follow=True)
    assert "ajoutez un filtre" in answer.content.decode()


def test_queries_do_not_grow(admin_client, acme, django_assert_max_num_queries):
    for rank in range(12):
        make_plan([{"position": 0}, {"position": 1}], title=f"Plan {rank}")
    with django_assert_max_num_queries(24):
        assert len(rows_of_csv(admin_client.get(f"{LIST}download/csv/"))) == 12
    assert ImprovementPlan.objects.count() == 12
