"""Model files with an example, and the order in which files are best imported."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qualiforma.training.importing.exceptions import CellError, UnreadableFileError
from qualiforma.training.importing.exporter import write_template
from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.importing.lookups import Lookups
from qualiforma.training.importing.table import Table
from qualiforma.training.models import Company
from tests.admin_client import entered, text_of
from tests.cast import AUDREY
from tests.qualiforma.training.sheets import cells, counts, imported, xlsx_file

pytestmark = pytest.mark.django_db
UPLOAD = "/admin/training/company/import/"


def reason_of(column, cell):
    try:
        column.reads(cell, Lookups())
    except CellError as error:
        return str(error.reason)
    return ""


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_has_a_model_whose_example_reads(acme, tmp_path, name):
    kind, path = KINDS[name], tmp_path / "model.xlsx"
    write_template(kind, path)
    head, example = cells(path)
    columns = {one.fr: one for one in kind.columns}
    assert {one.fr for one in kind.columns if one.is_required} <= set(head)
    assert None not in example
    reasons = [reason_of(columns[title], cell) for title, cell in zip(head, example, strict=True)]
    # What the example names is not there.
    assert all(one.startswith(("Aucun", "Aucune fiche n’a")) for one in reasons if one)
    with pytest.raises(UnreadableFileError, match="pas de ligne sous son en-tête"):
        Table(path, kind.columns)


def test_an_example_that_is_left_is_not_a_record(acme, tmp_path):
    write_template(KINDS["companies"], path := tmp_path / "model.xlsx")
    rows = [list(row) for row in cells(path)]
    outcome, refusals = imported("companies", xlsx_file(tmp_path, *rows, ["Une", None, "a@b.fr"]))
    assert (counts(outcome), refusals) == ((1, 0, 0, 0), [])
    assert Company.objects.get().name == "Une"


def test_the_page_hands_it_out_to_who_may_import(acme, admin_client):
    assert "Télécharger un modèle avec un exemple (XLSX)" in text_of(admin_client.get(UPLOAD))
    answer = admin_client.get(f"{UPLOAD}template/")
    assert b"".join(answer.streaming_content).startswith(b"PK")
    assert entered(AUDREY).get(f"{UPLOAD}template/").status_code == 403


def test_the_page_proposes_an_order(acme, admin_client):
    page = text_of(admin_client.get(UPLOAD))
    order = page[page.index("Ordre conseillé") :]
    titles = [str(kind.title) for kind in KINDS.values()]
    places = [order.index(one) for one in titles[:5]]
    assert places == sorted(places)
    file = SimpleUploadedFile("x.csv", b"Raison sociale\nUne")
    assert admin_client.send(UPLOAD, {"file": file}).status_code == 302
