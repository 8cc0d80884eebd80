"""The evidence register under `/admin/`: added from a record, filed, reviewed, withdrawn; what auditors see."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from compliance.models import Evidence
from qualiforma.files import stored_below
from tests.actionplans.factories import make_plan as make_company_plan
from tests.admin_client import entered, text_of
from tests.cast import ALICE, AUDREY
from tests.compliance.evidence_factories import SECRET, make_evidence, make_version
from tests.files import PAGE, PDF
from tests.improvements.factories import make_plan
from tests.qualiforma.training.factories import make_enrollment, make_session

LIST = "/admin/compliance/evidence/"
pytestmark = pytest.mark.usefixtures("each_storage")


def body(**overrides):
    return {
        "document_date": "2026-03-02",
        "title": "Convocation",
        "author": "Claire Martin",
        "indicators": "9, 12",
        "kind": "RECORD",
        "record_type": "",
        "record_id": "",
    } | overrides


def record_pages():
    enrollment = make_enrollment()
    session = make_session(enrollment.course)
    return {
        "IMPROVEMENT_PLAN": f"/admin/improvements/improvementplan/{make_plan().pk}/change/",
        "ACTION_PLAN": f"/admin/actionplans/actionplan/{make_company_plan().pk}/change/",
        "ENROLLMENT": f"/admin/training/enrollment/{enrollment.pk}/change/",
        "SESSION": f"/admin/training/trainingsession/{session.pk}/change/",
    }


@pytest.mark.parametrize("kind", ["IMPROVEMENT_PLAN", "ACTION_PLAN", "ENROLLMENT", "SESSION"])
def test_evidence_is_added_from_a_records_page(admin_client, acme, kind):
    page = record_pages()[kind]
    key = page.split("/")[-3]
    link = f"{LIST}add/?kind=RECORD&amp;record_type={kind}&amp;record_id={key}"
    assert link in admin_client.get(page).content.decode()
    form = admin_client.get(link.replace("&amp;", "&")).content.decode()
    assert f'name="record_id" value="{key}"' in form
    file = SimpleUploadedFile("a.pdf", PDF)
    answer = admin_client.send(f"{LIST}add/", body(record_type=kind, record_id=key, file=file))
    assert answer.status_code == 302, text_of(answer)
    evidence = Evidence.objects.get()
    assert (evidence.record_type, evidence.record_id) == (kind, key)
    assert (evidence.indicators, evidence.file_count, evidence.owner_id) == ([9, 12], 1, ALICE.id)
    assert "Convocation" in text_of(admin_client.get(page))


def test_a_new_form_holds_today_and_ones_own_name(admin_client, acme):
    form = admin_client.get(f"{LIST}add/?title=Livret").content.decode()
    assert f'value="{timezone.localdate():%d/%m/%Y}"' in form
    assert 'value="Alice Durand"' in form
    assert 'value="Livret"' in form
    assert 'value="RECORD"' not in form  # where it comes from no record
    assert 'value="STATEMENT"' in form


def test_evidence_that_is_a_file_comes_with_it(admin_client, acme):
    answer = admin_client.send(f"{LIST}add/", body(kind="FILE"))
    assert "Choisissez le fichier à ajouter." in text_of(answer)
    assert not Evidence.objects.exists()
    file = SimpleUploadedFile("a.pdf", PDF)
    sent = body(kind="FILE", file=file, free_of_personal_data="on")
    assert admin_client.send(f"{LIST}add/", sent).status_code == 302
    assert Evidence.objects.get().versions.get().free_of_personal_data


def test_a_refused_file_leaves_nothing(admin_client, acme):
    file = SimpleUploadedFile("a.pdf", PAGE)
    answer = admin_client.send(f"{LIST}add/", body(kind="STATEMENT", description="Dit", file=file))
    assert answer.status_code == 400
    assert "n’est pas admis" in text_of(answer)
    assert not Evidence.objects.exists()
    assert not list(stored_below("tenants"))


def test_a_piece_of_evidence_is_changed_filed_reviewed_and_withdrawn(admin_client, acme):
    evidence = make_evidence(kind="FILE", valid_until=timezone.localdate())
    page = f"{LIST}{evidence.pk}/change/"
    values = body(expected_version=1, indicators="31", title="Procédure", valid_from="2026-03-02")
    values |= {"owner": ALICE.id, "description": "Qui répond.", "valid_until": "2026-12-31"}
    values.pop("kind")
    assert admin_client.send(page, values).status_code == 302
    evidence.refresh_from_db()
    assert (evidence.title, str(evidence.valid_until), evidence.version) == (
        "Procédure",
        "2026-12-31",
        2,
    )
    file = {"file": SimpleUploadedFile("b.pdf", PDF), "note": "Relue", "valid_until": "2027-12-31"}
    assert admin_client.send(f"{LIST}{evidence.pk}/versions/", file).status_code == 302
    review = {"verdict": "TO_REPLACE", "comment": "À refaire"}
    assert admin_client.send(f"{LIST}{evidence.pk}/review/", review).status_code == 302
    text = text_of(admin_client.get(page))
    assert "b.pdf" in text
    assert "À remplacer, Alice Durand : À refaire" in text
    assert (
        admin_client.send(f"{LIST}{evidence.pk}/withdraw/", {"reason": "Périmée"}).status_code
        == 302
    )
    text = text_of(admin_client.get(page))
    assert "Périmée" in text
    assert admin_client.send(f"{LIST}{evidence.pk}/review/", review).status_code == 409


def test_the_file_is_fetched_by_a_signed_link(admin_client, acme):
    evidence = make_evidence(kind="FILE")
    admin_client.send(f"{LIST}{evidence.pk}/versions/", {"file": SimpleUploadedFile("b.pdf", PDF)})
    version = evidence.versions.get()
    fetched = admin_client.get(f"{LIST}{evidence.pk}/versions/{version.pk}/", follow=True)
    assert b"".join(fetched.streaming_content) == PDF
    wrong = make_evidence()
    assert admin_client.get(f"{LIST}{wrong.pk}/versions/{version.pk}/").status_code == 404


def test_an_expired_one_asks_for_another_end_on_its_page(admin_client, acme):
    day = timezone.localdate() - timedelta(days=1)
    evidence = make_evidence(kind="FILE", valid_from="2020-01-01", valid_until=day)
    file = {"file": SimpleUploadedFile("b.pdf", PDF), "valid_until": str(day)}
    answer = admin_client.send(f"{LIST}{evidence.pk}/versions/", file)
    assert answer.status_code == 400
    assert "La validité a pris fin" in text_of(answer)


def test_its_page_offers_no_evidence_of_itself(admin_client, acme):
    text = text_of(admin_client.get(f"{LIST}{make_evidence().pk}/change/"))
    assert "Rattacher une preuve existante" not in text


def test_the_list_is_filtered_by_indicator(admin_client, acme):
    make_evidence(title="Veille légale", indicators=[23])
    make_evidence(title="Référent handicap", indicators=[26])
    text = text_of(admin_client.get(f"{LIST}?indicator=23"))
    assert "Veille légale" in text
    assert "Référent handicap" not in text


def test_an_auditor_sees_no_confidential_contents_and_changes_nothing(acme):
    plan = make_plan()
    about = {"record_type": "IMPROVEMENT_PLAN", "record_id": plan.pk}
    evidence = make_evidence(
        title="Signalement de mars", confidential=True, description=SECRET, author=SECRET, **about
    )
    version = make_version(evidence, name=f"{SECRET}.pdf", note=SECRET)
    evidence.reviews.create(verdict="STILL_VALID", comment=SECRET, reviewed_by_id=ALICE.id)
    audrey = entered(AUDREY)
    pages = [LIST, f"{LIST}{evidence.pk}/change/", f"{LIST}{evidence.pk}/history/"]
    pages += [f"/admin/improvements/improvementplan/{plan.pk}/change/"]
    for page in pages:
        answer = audrey.get(page)
        assert answer.status_code == 200
        assert SECRET not in answer.content.decode(), page
    assert "Signalement de mars" in text_of(audrey.get(pages[1]))
    assert audrey.get(f"{LIST}{evidence.pk}/versions/{version.pk}/").status_code == 403
    for page in ("versions", "review", "withdraw"):
        assert audrey.send(f"{LIST}{evidence.pk}/{page}/").status_code == 403
    assert audrey.send(f"{LIST}add/", body()).status_code == 403


def test_the_page_costs_the_same_for_one_file_and_for_many(admin_client, acme, count_queries):
    evidence = make_evidence()
    make_version(evidence)
    page = f"{LIST}{evidence.pk}/change/"
    admin_client.get(page)
    few, rows = (
        count_queries(lambda: admin_client.get(page)),
        count_queries(lambda: admin_client.get(LIST)),
    )
    for _ in range(5):
        make_version(evidence)
        make_evidence()
        evidence.reviews.create(verdict="STILL_VALID", reviewed_by_id=ALICE.id)
    assert count_queries(lambda: admin_client.get(page)) == few
    assert count_queries(lambda: admin_client.get(LIST)) == rows
