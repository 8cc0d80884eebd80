"""The back-office takes no text that the API refuses as unreadable."""

import pytest

from compliance.models import AdaptivePath, NeedsAnalysis, PathAssignment
from tests.admin_client import text_of
from tests.cast import BOB
from tests.compliance.paths_factories import make_path
from tests.qualiforma.training.factories import make_company, make_course

UNREADABLE = ["\u200b", "\u2800", "une\x07cloche"]


@pytest.mark.parametrize("text", UNREADABLE, ids=ascii)
def test_neither_in_a_field_nor_in_a_list_nor_in_a_move(admin_client, text):
    make_path(id="pth_one")
    course, company = make_course(), make_company()
    module = {"course_id": course.pk, "order": 1, "unlock_condition": "COMPLETION"}
    rows = {f"modules-0-{name}": value for name, value in module.items()}
    count = {"modules-TOTAL_FORMS": 1, "modules-INITIAL_FORMS": 0}
    need = {"company": company.pk, "objectives": f"Excel\n{text}", "current_level": "BEGINNER",
            "target_level": "ADVANCED", "context": "c", "status": "DRAFT"}  # fmt: skip
    pages = {
        "adaptivepath/add/": {"name": text, "target_audience": "BEGINNER", **rows, **count},
        "adaptivepath/pth_5Fone/assign/": {"user_id": BOB.id, "rationale": text},
        "needsanalysis/add/": need,
    }
    for page, body in pages.items():
        answer = admin_client.send(f"/admin/compliance/{page}", body)
        assert answer.status_code == 200, page
        said = text_of(answer)
        assert "contrôle" in said or "ne peut être vide" in said, page
    kept = (AdaptivePath, PathAssignment, NeedsAnalysis)
    assert [one.objects.count() for one in kept] == [1, 0, 0]


def test_several_lines_are_readable(admin_client):
    page = "/admin/compliance/adaptivepath/pth_5Fone/assign/"
    make_path(id="pth_one")
    body = {"user_id": BOB.id, "rationale": "Débute.\r\n\tReporting RH d’ici l’été."}
    assert admin_client.send(page, body).status_code == 302
