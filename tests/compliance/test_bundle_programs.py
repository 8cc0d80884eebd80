"""What other programs make of a bundle's files: PDF/A by qpdf and its objects, workbooks by LibreOffice."""

import shutil
import subprocess
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from qualiforma.bundle.scope import Wish, settle
from qualiforma.bundle.services import build_bundle
from tests.compliance.readiness_factories import make_holes
from tests.improvements.factories import make_action, make_plan
from tests.pdfa import faults

SOFFICE = shutil.which("soffice") or ""
AT = datetime(2026, 11, 30, 8, tzinfo=UTC)


@pytest.fixture
def folder(acme, tmp_path):
    """A bundle, unpacked."""
    make_holes()
    make_action(make_plan(title="Accueil & <écoute>"), description="=1+1")
    wish = Wish(since=date(2026, 1, 1), generated_at=AT, sample=2, seed=7)
    built = build_bundle(settle(wish), tmp_path / "bundle.zip")
    with zipfile.ZipFile(built.path) as whole:
        whole.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


def test_each_document_is_pdf_a(folder):
    documents = list(folder.rglob("*.pdf"))
    assert len(documents) > 3
    assert {path.name: faults(path.read_bytes()) for path in documents} == {
        path.name: [] for path in documents
    }


@pytest.mark.skipif(not SOFFICE, reason="LibreOffice is not installed here")
def test_libreoffice_opens_each_workbook(folder, tmp_path):
    books = [copied(path, tmp_path) for path in sorted(folder.rglob("*.xlsx"))]
    assert len(books) > 5
    command = [SOFFICE, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
    command += ["--convert-to", "xlsx", "--outdir", str(tmp_path / "saved"), *map(str, books)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    for path in books:
        assert values(tmp_path / "saved" / path.name) == values(path), path.name


def copied(path: Path, folder: Path) -> Path:
    """A copy under a name of its own: a bundle has one `preuves.xlsx` for each indicator."""
    target = folder / f"{path.parent.name}-{path.name}"
    return Path(shutil.copy(path, target))


def values(path: Path) -> dict[str, list[tuple[object, ...]]]:
    return {
        sheet.title: [row for row in sheet.iter_rows(values_only=True) if any(row)]
        for sheet in load_workbook(path).worksheets
    }
