"""What an export wrote, an import reads back to the same records; LibreOffice in between too."""

import csv
import shutil
import subprocess
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from actionplans.models import Area, Group
from compliance.models import Evidence
from improvements.models import ComplaintTheme
from qualiforma.tenants.context import tenant_context
from qualiforma.training.importing.exporter import give
from qualiforma.training.importing.importer import Mode
from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.models import Certificate, Company, Course, Enrollment
from tests.compliance.evidence_factories import make_evidence
from tests.qualiforma.training import exchanged
from tests.qualiforma.training.exchanged import EVIL, make_closed_plans, make_feature_records
from tests.qualiforma.training.factories import (
    MORNING,
    make_attendance,
    make_company,
    make_course,
    make_enrollment,
    make_questionnaire,
    make_session,
    make_signature,
    make_submission,
)
from tests.qualiforma.training.sheets import (
    AS_ALICE,
    cells,
    counts,
    imported,
    newest_entry,
    xlsx_file,
)

pytestmark = pytest.mark.django_db
SOFFICE = shutil.which("soffice") or ""
# Semicolons and UTF-8, as people in France choose them.
FILTERS = {"csv": "csv:Text - txt - csv (StarCalc):59,34,76"}
RECORDS = [name for name in KINDS if name != "users"]
SIRET = "01234567400001"


@pytest.fixture
def records(acme):
    """One of each kind at least, with texts that spreadsheets like to change."""
    for number, name in enumerate(EVIL):
        make_company(name=name, siret="" if number else SIRET)
    course = make_course(
        title="=Excel", summary="a\r\nb ", objectives=["Trier\nvite", "[x"], skills=["x", "y"]
    )
    instant = MORNING.replace(microsecond=123_456)
    enrollment = make_enrollment(
        course=course,
        company=Company.objects.get(siret=SIRET),
        payment_id="000123",
        enrolled_at=instant - timedelta(days=9),
        status="COMPLETED",
    )
    make_enrollment(course=course)
    session = make_session(course)
    make_attendance(session, enrollment)
    wrong = make_signature(session, enrollment, signed_at=instant)
    make_signature(session, enrollment, method="PAPER", replaces=wrong, evidence_sha256="0" * 64)
    answer = {"q": ["é", 1.5, None]}
    questionnaire = make_questionnaire(course=course)
    make_submission(questionnaire, enrollment=enrollment, score=12, answers=answer, submitted_at=instant)  # fmt: skip
    make_submission(make_questionnaire(kind="SATISFACTION"), submitted_at=instant)
    Certificate.objects.create(enrollment=enrollment, issued_at=instant + timedelta(days=9))
    make_register(enrollment)
    make_feature_records(enrollment)


def make_register(enrollment):
    """Evidence of each nature; of the last row, which is withdrawn, everything is confidential."""
    for name in EVIL:
        make_evidence(title=name, author=name, description="a\nb", indicators=[12])
    about = {"record_type": "ENROLLMENT", "record_id": enrollment.pk}
    make_evidence(kind="RECORD", indicators=[31, 4], valid_until=date(2027, 3, 1), **about)
    make_evidence(kind="LINK", url="https://example.org/?a=1&b=2", title="Veille")
    make_evidence(kind="FILE", title="Procédure sans fichier")
    make_evidence(
        title="Signalement",
        confidential=True,
        status="WITHDRAWN",
        withdrawn_at=timezone.now(),
        withdrawal_reason="Remplacée",
    )


def given(kind, folder, form, name="out"):
    path = folder / f"{kind}-{name}.{form}"
    path.unlink(missing_ok=True)
    give(KINDS[kind], path, actor=AS_ALICE, form=form)
    return path


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_round_trip(records, tmp_path, form):
    make_closed_plans()
    for kind, one in KINDS.items():
        path = given(kind, tmp_path, form)
        outcome, refusals = imported(kind, path)
        assert refusals == [], kind
        assert counts(outcome) == (0, 0, one.records().count(), 0), kind
        assert outcome.unchanged, kind


def test_another_tenant_takes_the_same_records_with_their_ids(records, globex, tmp_path):
    Course.objects.update(summary="a\nb")  # outer spaces are not kept
    Evidence.objects.update(confidential=False)  # whose contents no file holds
    before = {kind: given(kind, tmp_path, "csv") for kind in KINDS}
    named = [list(model.objects.order_by("id")) for model in (ComplaintTheme, Area, Group)]
    with tenant_context(globex):
        for rows in named:  # no file holds these
            type(rows[0]).objects.bulk_create(
                sorted(rows, key=lambda one: bool(vars(one).get("parent_id")))
            )
        for kind in KINDS:
            tried, _refusals = imported(kind, before[kind], Mode.DRY_RUN)
            outcome, refusals = imported(kind, before[kind])
            assert refusals == [], kind
            assert counts(tried) == counts(outcome), kind
            if kind in RECORDS:
                assert outcome.created == outcome.total, kind
                after = given(kind, tmp_path, "csv", "again")
                assert without_order(after) == without_order(before[kind]), kind


def without_order(path):
    return sorted(path.read_text(encoding="utf-8-sig").splitlines())


def test_a_changed_row_updates_its_record(records, tmp_path):
    rows = [list(row) for row in cells(given("companies", tmp_path, "xlsx"))]
    rows[1][1] = "Renommée"
    outcome, _refusals = imported("companies", xlsx_file(tmp_path, *rows))
    assert counts(outcome) == (0, 1, len(EVIL) - 1, 0)
    assert Company.objects.get(siret=SIRET).name == "Renommée"


def test_exports_hold_dates_texts_and_no_formula(records, tmp_path):
    head, row, *_rest = cells(given("enrollments", tmp_path, "xlsx"))
    found = dict(zip(head, row, strict=True))
    assert found["Inscrit le"] == datetime(2026, 2, 21, 9)
    assert found["Référence du paiement"] == "000123"
    names = [row[1] for row in cells(given("companies", tmp_path, "xlsx"))[1:]]
    assert [one.replace("_x005F_", "_") for one in names] == list(EVIL)  # openpyxl reads it raw
    content = given("companies", tmp_path, "csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfIdentifiant;Raison sociale;SIRET;")
    lines = list(csv.reader(content.decode("utf-8-sig").splitlines(keepends=True), delimiter=";"))
    assert [one[1] for one in lines[1:7]] == ["'=1+1", "''=1+1", "'+33 1", "'-1", "'@x", "''-"]


def test_an_export_is_an_entry_of_the_trail_with_its_count(records, tmp_path):
    given("companies", tmp_path, "csv")
    entry = newest_entry()
    assert entry.action == "training.records.exported"
    assert entry.clear["after.rows"][1] == str(len(EVIL))


def came_back(form, folder):
    """Have LibreOffice save an export of every kind, and hold that nothing of it differs."""
    make_closed_plans()
    saved = converted([given(kind, folder, "xlsx") for kind in KINDS], folder, form)
    for kind in KINDS:
        outcome, refusals = imported(kind, saved / f"{kind}-out.{form}", Mode.DRY_RUN)
        assert refusals == [], kind
        assert counts(outcome) == (0, 0, KINDS[kind].records().count(), 0), kind


@pytest.fixture
def no_marks(monkeypatch):
    """No text that begins with an apostrophe and what would be computed.

    In a CSV of a spreadsheet, nothing tells it from the apostrophe that marks a text.
    """
    texts = tuple(one for one in EVIL if not one.startswith("'"))
    monkeypatch.setitem(globals(), "EVIL", texts)
    monkeypatch.setattr(exchanged, "EVIL", texts)


@pytest.mark.skipif(not SOFFICE, reason="LibreOffice is not installed here")
def test_what_libreoffice_saves_as_ods_comes_back_unchanged(records, tmp_path):
    came_back("ods", tmp_path)


@pytest.mark.skipif(not SOFFICE, reason="LibreOffice is not installed here")
def test_what_libreoffice_saves_as_csv_comes_back_unchanged(no_marks, records, tmp_path):
    came_back("csv", tmp_path)


def converted(sources, folder, form):
    saved = folder / "saved"
    command = [SOFFICE, "--headless", f"-env:UserInstallation=file://{folder}/profile"]
    command += ["--convert-to", FILTERS.get(form, form), "--outdir", str(saved), *map(str, sources)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return saved


@pytest.mark.skipif(not SOFFICE, reason="LibreOffice is not installed here")
def test_libreoffice_opens_exports_and_saves_imports(records, tmp_path):
    """One run for both directions: it opens our XLSX and CSV, and saves them as XLSX again."""
    sources = [given(kind, tmp_path, form) for kind in RECORDS for form in ("xlsx",)]
    saved = converted(sources, tmp_path, "xlsx")
    for kind in RECORDS:
        outcome, refusals = imported(kind, saved / f"{kind}-out.xlsx")
        assert refusals == [], kind
        assert counts(outcome) == (0, 0, outcome.total, 0), kind
    head, row, *_rest = cells(saved / "enrollments-out.xlsx")
    found = dict(zip(head, row, strict=True))
    assert isinstance(found["Inscrit le"], datetime)
    assert found["Référence du paiement"] == "000123"
    assert Enrollment.objects.filter(payment_id="000123").exists()
    assert cells(saved / "companies-out.xlsx")[1][2] == SIRET
    head, *rows = cells(saved / "evidence-out.xlsx")
    register = [dict(zip(head, row, strict=True)) for row in rows]
    assert [one["Document"].replace("_x005F_", "_") for one in register[: len(EVIL)]] == list(EVIL)
    assert register[0]["Date"] == datetime(2026, 3, 2)
    assert register[len(EVIL)]["Indicateurs"] == "31, 4"
