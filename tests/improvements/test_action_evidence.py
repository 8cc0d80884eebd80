"""Evidence of corrective actions: added by API and by page, listed, shown on the plan's page and in a bundle."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.models import Evidence
from improvements.states import ActionStatus, PlanStatus
from qualiforma.bundle.scope import Wish, settle
from qualiforma.bundle.services import build_bundle
from qualiforma.files import stored_below
from tests.bundles import Unpacked, pdf_text
from tests.cast import AUDREY, MONA
from tests.compliance.evidence_factories import make_evidence
from tests.files import PDF
from tests.improvements.factories import make_plan
from tests.improvements.test_bundle import AT, SINCE

PLANS = "/api/v1/improvement-plans"


@pytest.fixture
def plan(acme):
    actions = [{"id": "act_monas", "owner_id": MONA.id, "status": ActionStatus.DONE}]
    return make_plan(
        [*actions, {"id": "act_other"}],
        id="imp_shown",
        status=PlanStatus.IN_PROGRESS,
        indicators=[11],
    )


def url(action="act_monas", plan="imp_shown"):
    return f"{PLANS}/{plan}/actions/{action}/evidence"


def add(client, action="act_monas", **body):
    return client.post(url(action), body, format="multipart")


def about(action, **more):
    return make_evidence(record_type="CORRECTIVE_ACTION", record_id=action, **more)


def test_a_file_becomes_evidence_of_the_action_and_its_indicators(as_alice, plan):
    body = {"file": SimpleUploadedFile("a.pdf", PDF), "title": "Convocation", "text": "Relue."}
    answer = add(as_alice, **body, freeOfPersonalData="true")
    assert answer.status_code == 201, answer.content
    row = Evidence.objects.get()
    assert answer.json()["data"]["id"] == row.pk
    assert (row.kind, row.title, row.description, row.indicators) == (
        *("FILE", "Convocation", "Relue."),
        [11],
    )
    assert (row.record_type, row.record_id, row.owner_id) == (
        *("CORRECTIVE_ACTION", "act_monas"),
        "usr_alice",
    )
    assert row.versions.get().free_of_personal_data
    listed = as_alice.get(url()).json()
    assert [one["title"] for one in listed["data"]] == ["Convocation"]
    assert listed["meta"]["total"] == 1
    assert as_alice.get(url("act_other")).json()["data"] == []


def test_a_text_alone_is_a_statement(client_of, plan):
    assert add(client_of(MONA), text="Tout le monde a été prévenu.").status_code == 201
    row = Evidence.objects.get()
    assert (row.kind, row.title) == ("STATEMENT", "Fait : Rédiger le livret d’accueil")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "file"),
        ({"title": "Rien"}, "file"),
        ({"file": SimpleUploadedFile("a.pdf", b"none")}, "file"),
        ({"text": "x" * 5001}, "text"),
        ({"text": "x", "title": "x" * 201}, "title"),
    ],
)
def test_what_shows_nothing_is_refused_and_leaves_nothing(as_alice, plan, body, field):
    before = list(stored_below("tenants"))
    answer = add(as_alice, **body)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert not Evidence.objects.exists()
    assert list(stored_below("tenants")) == before


def test_a_closed_plan_takes_evidence_and_stays_as_it_was(as_alice, plan):
    closed = make_plan([{"id": "act_done", "status": "DONE"}], status=PlanStatus.COMPLETED)
    before = type(closed).objects.values().get(pk=closed.pk)
    answer = as_alice.post(url("act_done", closed.pk), {"text": "Vu."}, format="multipart")
    assert answer.status_code == 201
    assert type(closed).objects.values().get(pk=closed.pk) == before


def test_an_action_of_another_plan_and_one_of_anothers_are_not_found(as_alice, client_of, plan):
    make_plan(id="imp_beside")
    assert as_alice.get(url(plan="imp_beside")).status_code == 404
    assert client_of(MONA).get(url("act_other")).status_code == 404


def test_evidence_that_exists_is_attached_by_its_record(as_alice, plan):
    known = make_evidence()
    body = {"record": {"type": "CORRECTIVE_ACTION", "id": "act_monas"}}
    assert as_alice.patch(f"/api/v1/evidence/{known.pk}", body).status_code == 200
    assert [one["id"] for one in as_alice.get(url()).json()["data"]] == [known.pk]


def test_the_list_holds_what_may_be_read_and_is_not_withdrawn(as_alice, client_of, plan):
    about("act_monas", title="Secrète", confidential=True)
    about(
        "act_monas",
        title="Retirée",
        status="WITHDRAWN",
        withdrawn_at=AT,
        withdrawn_by_id="usr_alice",
    )
    assert [one["title"] for one in as_alice.get(url()).json()["data"]] == ["Secrète"]
    assert client_of(AUDREY).get(url()).json()["data"] == []


def test_the_plans_page_shows_the_evidence_of_each_action(admin_client, plan):
    about("act_monas", title="Convocation révisée")
    page = admin_client.get(f"/admin/improvements/improvementplan/{plan.pk}/change/").text
    assert "Preuves des actions" in page
    assert "Convocation révisée" in page
    assert "record_id=act_other" in page


def test_the_page_costs_the_same_however_many_actions(
    admin_client, plan, django_assert_max_num_queries
):
    pages = f"/admin/improvements/improvementplan/{plan.pk}/change/"
    with CaptureQueriesContext(connection) as few:
        admin_client.get(pages)
    for _ in range(5):
        action = plan.actions.create(description="Autre", owner_id=MONA.id)
        about(action.pk)
    with django_assert_max_num_queries(len(few)):
        admin_client.get(pages)


def test_a_bundle_names_the_evidence_of_each_action(acme, as_alice, plan, tmp_path):
    body = {"file": SimpleUploadedFile("a.pdf", PDF), "title": "Convocation"}
    shown = add(as_alice, **body).json()["data"]["id"]
    hidden = about("act_other", title="Secrète", confidential=True)
    scope = settle(Wish(since=SINCE, generated_at=AT, names=True, reason="Audit"))
    bundle = Unpacked(build_bundle(scope, tmp_path / "a.zip").path)
    rows = {one["Identifiant"]: one for one in bundle.rows("registres/actions.csv")}
    [path] = [path for path in bundle.files if path.startswith(f"preuves/{shown}/")]
    assert rows["act_monas"]["Preuves"] == f"Convocation ({shown}, {path})"
    assert rows["act_other"]["Preuves"] == ""
    text = pdf_text(bundle.files[f"plans/{plan.pk}/plan.pdf"])
    assert "Preuves des actions" in text
    assert shown in text
    assert hidden.pk not in text
