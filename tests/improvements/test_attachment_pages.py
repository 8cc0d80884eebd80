"""Files of a plan under `/admin/`: the API's services behind forms, each refusal by name."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from improvements.models import PlanAttachment
from improvements.states import PlanStatus
from qualiforma.files import remove_below, stored_below
from qualiforma.tenants.context import tenant_context
from tests.admin_client import AdminClient, text_of
from tests.files import PAGE, PDF
from tests.improvements.factories import make_action, make_attachment, make_plan
from tests.improvements.pages import LIST, page_of


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    kind = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    settings.STORAGES = settings.STORAGES | {"default": kind}
    yield
    remove_below("tenants")


@pytest.fixture
def plan(acme):
    return make_plan(status=PlanStatus.IN_PROGRESS)


def a_file(name="bilan.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def attach(admin_client, plan, file):
    return admin_client.send(f"{LIST}{plan.pk}/attachments/", {"file": file})


def test_a_file_is_joined_listed_fetched_and_removed(admin_client, plan):
    assert attach(admin_client, plan, a_file("Bilan d’été.pdf"))["Location"] == page_of(plan)
    file = plan.attachments.get()
    text = text_of(admin_client.get(page_of(plan)))
    assert f"Bilan d’été.pdf PDF {len(PDF)} octets" in text
    assert hashlib.sha256(PDF).hexdigest()[:12] in text
    fetched = admin_client.get(f"{LIST}{plan.pk}/attachments/{file.pk}/", follow=True)
    assert b"".join(fetched.streaming_content) == PDF
    assert fetched.redirect_chain[0][0].startswith("/links/file/")
    removal = f"{LIST}{plan.pk}/attachments/{file.pk}/delete/"
    assert admin_client.get(removal).status_code == 200
    assert plan.attachments.exists()
    assert admin_client.send(removal).status_code == 302
    assert not plan.attachments.exists()


def test_a_file_is_said_to_name_nobody_when_joined_or_later(admin_client, auditor_client, plan):
    admin_client.send(
        f"{LIST}{plan.pk}/attachments/", {"file": a_file(), "free_of_personal_data": "on"}
    )
    file = plan.attachments.get()
    assert file.free_of_personal_data
    mark = f"{LIST}{plan.pk}/attachments/{file.pk}/mark/"
    assert admin_client.get(mark).status_code == 405
    assert auditor_client.send(mark, {"free": "no"}).status_code == 403
    assert admin_client.send(mark, {"free": "no"})["Location"] == page_of(plan)
    file.refresh_from_db()
    assert not file.free_of_personal_data


def test_a_page_costs_the_same_for_one_file_and_for_many(admin_client, plan, count_queries):
    make_attachment(plan)
    admin_client.get(page_of(plan))  # whatever is remembered for half a minute
    few = count_queries(lambda: admin_client.get(page_of(plan)))
    for _ in range(20):
        make_attachment(plan)
    assert count_queries(lambda: admin_client.get(page_of(plan))) == few


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (a_file(content=PAGE), "« bilan.pdf » : Le contenu de ce fichier n’est pas admis."),
        (a_file(content=b""), "« bilan.pdf » : Le contenu de ce fichier n’est pas admis."),
        (a_file("bilan.png"), "« bilan.png » : Ce fichier est un PDF"),
        (a_file(content=PDF + b"x" * 20 * 1024**2), "« bilan.pdf » : Ce fichier dépasse 20 Mo."),
        ("", "Ce champ est obligatoire."),
    ],
    ids=["page", "empty", "name", "size", "none"],
)
def test_what_is_refused_is_named_and_not_stored(admin_client, plan, file, why):
    if file:
        file.seek(0)
    answer = attach(admin_client, plan, file)
    assert answer.status_code == 400
    text = text_of(answer)
    assert why in text
    assert "Le fichier est joint." not in text
    assert not PlanAttachment.objects.exists()
    assert list(stored_below("tenants")) == []


def test_more_than_a_file_may_weigh_is_not_even_read(admin_client, plan):
    assert attach(admin_client, plan, a_file(content=b"x" * 22 * 1024**2)).status_code == 413


def test_a_plan_is_closed_with_a_new_file(admin_client, plan):
    body = {"summary": "Fait.", "file": a_file()}
    assert admin_client.send(f"{LIST}{plan.pk}/move/close/", body).status_code == 302
    plan.refresh_from_db()
    assert plan.closing_report.attachment_s3_key == plan.attachments.get().key
    answer = admin_client.get(page_of(plan))
    text = text_of(answer)
    assert "Pièce du rapport : bilan.pdf" in text
    assert 'type="file"' not in answer.content.decode()  # frozen


def test_a_plan_is_closed_with_a_file_it_has(admin_client, plan):
    file, other = make_attachment(plan), make_attachment(make_plan())
    page = f"{LIST}{plan.pk}/move/close/"
    refused = admin_client.send(page, {"summary": "Fait.", "attachment": other.key})
    assert "Sélectionnez un choix valide" in text_of(refused)
    both = {"summary": "Fait.", "attachment": file.key, "file": a_file()}
    assert "pas les deux" in text_of(admin_client.send(page, both))
    gone = admin_client.send(page, {"summary": "Fait.", "attachment": file.key})
    assert "Aucun fichier de ce plan n’a cette clé" in text_of(gone)  # no object behind the row
    plan.refresh_from_db()
    assert plan.status == PlanStatus.IN_PROGRESS


@pytest.mark.parametrize("content", [PDF, PAGE], ids=["open action", "page"])
def test_a_refused_report_keeps_no_file(admin_client, plan, content):
    if content == PDF:
        make_action(plan)
    answer = admin_client.send(
        f"{LIST}{plan.pk}/move/close/", {"summary": "Fait.", "file": a_file(content=content)}
    )
    assert answer.status_code in {400, 409}
    assert "Le plan est clôturé." not in text_of(answer)
    assert not PlanAttachment.objects.exists()
    assert list(stored_below("tenants")) == []


def test_a_closed_plans_files_stay(admin_client):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    file = make_attachment(plan)
    admin_client.send(f"{LIST}{plan.pk}/move/close/", {"summary": "Fait."})
    assert attach(admin_client, plan, a_file()).status_code == 409
    refused = admin_client.send(f"{LIST}{plan.pk}/attachments/{file.pk}/delete/")
    assert refused.status_code == 409
    assert "Ce plan est clôturé ou archivé et ne peut plus changer" in text_of(refused)
    assert plan.attachments.count() == 1


def test_an_auditor_fetches_and_changes_nothing(admin_client, auditor_client, plan):
    attach(admin_client, plan, a_file())
    file = plan.attachments.get()
    page = auditor_client.get(page_of(plan)).content.decode()
    assert "bilan.pdf" in page
    assert 'type="file"' not in page
    below = f"{LIST}{plan.pk}/attachments/"
    assert auditor_client.get(f"{below}{file.pk}/").status_code == 302
    assert attach(auditor_client, plan, a_file()).status_code == 403
    assert auditor_client.send(f"{below}{file.pk}/delete/").status_code == 403
    assert plan.attachments.count() == 1


def test_files_are_found_below_their_own_plan_only(admin_client, plan, globex):
    file = make_attachment(plan)
    other = make_plan()
    with tenant_context(globex):
        foreign = make_attachment(make_plan(id="imp_globex"))
    for plan_id, file_id in [
        (other.pk, file.pk),
        (plan.pk, foreign.pk),
        ("imp_globex", foreign.pk),
    ]:
        assert admin_client.get(f"{LIST}{plan_id}/attachments/{file_id}/").status_code == 404
        assert (
            admin_client.send(f"{LIST}{plan_id}/attachments/{file_id}/delete/").status_code == 404
        )
    assert (
        AdminClient().get(f"{LIST}{plan.pk}/attachments/{file.pk}/").status_code == 302
    )  # to the login
