"""Audit bundles asked for by API and on the page: made by a worker, mailed, downloaded, told as incomplete."""

import io
import tempfile
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from qualiforma.audit.models import AuditEvent
from qualiforma.exports.models import FileExport
from qualiforma.folders import temporary_folder
from tests.admin_client import entered, text_of
from tests.bundles import Unpacked
from tests.cast import ALICE, AUDREY
from tests.compliance.evidence_factories import make_evidence, make_version
from tests.compliance.readiness_factories import make_learner
from tests.jobs import run_jobs

URL = "/api/v1/audit-bundles"
PAGE = "/admin/compliance/bundles/"


def ask(client, **body):
    answer = client.post(URL, body)
    assert answer.status_code == 202, answer.content
    return answer.json()["data"]["id"]


def get(client, key):
    return client.get(f"{URL}/{key}").json()["data"]


def test_asked_for_made_mailed_and_downloaded(as_alice, acme, mails, tmp_path):
    until = timezone.localdate() - timedelta(days=1)
    key = ask(as_alice, **{"from": "2026-01-01", "to": until.isoformat(), "recipient": "Bureau"})
    assert get(as_alice, key)["state"] == "QUEUED"
    [mail] = mails()
    assert mail.to == [ALICE.email]
    assert mail.subject.startswith("Votre export : Dossier d’audit du 01/01/2026")
    bundle = get(as_alice, key)
    assert (bundle["state"], bundle["complete"], bundle["missing"]) == ("READY", True, [])
    assert bundle["scope"]["recipient"] == "Bureau"
    assert bundle["counts"]["plans"] == 0
    answer = as_alice.get(bundle["downloadUrl"])
    content = b"".join(answer.streaming_content)
    assert len(content) == bundle["size"]
    path = tmp_path / "bundle.zip"
    path.write_bytes(content)
    assert Unpacked(path).rows("registres/plans.csv") == []
    [event] = AuditEvent.objects.filter(action="bundle.bundle.exported")
    assert event.actor == ALICE.id
    assert as_alice.get(URL).json()["data"][0]["downloadUrl"] is None


def test_what_killed_workers_left_goes(as_alice, acme, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / "qualiforma-bundle-left"
    left.mkdir()
    (left / "bundle.zip").write_bytes(b"names")
    ask(as_alice)
    with temporary_folder("bundle") as living:
        left.mkdir(exist_ok=True)
        run_jobs()
        assert list(tmp_path.iterdir()) == [living]


def test_what_is_missing_is_said_everywhere(as_alice, acme, mails, admin_client):
    make_version(make_evidence(document_date=timezone.localdate()))
    key = ask(as_alice)
    [mail] = mails()
    assert mail.subject.startswith("Votre export est incomplet : ")
    # The sentence which ends in a colon is followed by its link.
    assert (
        mail.body.index("Téléchargez-le par ce lien")
        < mail.body.index("http")
        < mail.body.index("Il manque")
    )
    bundle = get(as_alice, key)
    assert bundle["complete"] is False
    assert bundle["missingCount"] == len(bundle["missing"]) > 0
    file = b"".join(as_alice.get(bundle["downloadUrl"]).streaming_content)
    names = zipfile.ZipFile(io.BytesIO(file)).namelist()
    assert [name for name in names if name.endswith("MANQUES.txt")]
    assert "Incomplet (" in text_of(admin_client.get(PAGE))
    assert "Incomplet : il manque" in text_of(admin_client.get(f"/admin/exports/{key}/"))


def test_a_second_try_of_the_worker_makes_the_same_bytes(as_alice, acme):
    until = (timezone.localdate() - timedelta(days=1)).isoformat()
    key = ask(as_alice, to=until)
    run_jobs()
    first = get(as_alice, key)["sha256"]
    FileExport.objects.filter(pk=key).update(state="QUEUED", file_key="")
    from qualiforma.exports import services

    services.make_file(export_id=key)
    assert get(as_alice, key)["sha256"] == first


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"from": "2026-10-01", "to": "2026-09-01"}, "from"),
        ({"to": "2999-01-01"}, "to"),
        ({"names": True}, "reason"),
        ({"reason": "Pour voir"}, "reason"),
        ({"sample": 501}, "sample"),
        ({"enrollments": ["enr_nowhere"]}, "enrollment"),
        ({"auditDate": "demain"}, "auditDate"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_wrong_wish_names_its_field(as_alice, acme, body, field):
    answer = as_alice.post(URL, body)
    assert answer.status_code == 400, answer.content
    assert field in [one["field"].split("[")[0] for one in answer.json()["errors"]]
    assert not FileExport.objects.exists()


def test_learners_of_the_sample(as_alice, acme):
    learner = make_learner("sampled")
    key = ask(as_alice, enrollments=[learner.pk], sample=2, seed=7)
    run_jobs()
    file = b"".join(as_alice.get(get(as_alice, key)["downloadUrl"]).streaming_content)
    names = zipfile.ZipFile(io.BytesIO(file)).namelist()
    assert [name for name in names if "apprenants/" in name]


def test_from_the_page(admin_client, acme, mails):
    text = text_of(admin_client.get(PAGE))
    assert "Ce que l’auditeur ne trouverait pas" in text
    assert "Aucun pour le moment." in text
    day = f"{timezone.localdate():%d/%m/%Y}"
    answer = admin_client.send(
        PAGE, {"first_day": "01/01/2026", "last_day": day, "recipient": "Jury"}
    )
    assert answer.status_code == 302, text_of(answer)
    assert "En préparation" in text_of(admin_client.get(answer["Location"]))
    assert len(mails()) == 1
    assert "Le fichier est prêt" in text_of(admin_client.get(answer["Location"]))
    text = text_of(admin_client.get(PAGE))
    assert "Jury" in text
    assert "Alice Durand" in text


def test_the_page_says_what_is_wrong(admin_client, acme):
    answer = admin_client.send(
        PAGE, {"names": "on", "first_day": "01/02/2026", "last_day": "01/01/2026"}
    )
    assert answer.status_code == 400
    assert "corrigez le formulaire ci-dessous" in text_of(answer)  # it is far below on a phone
    text = text_of(answer)
    assert "La période se termine avant de commencer." in text
    assert "corrigez le formulaire ci-dessous" in text  # on a phone it is far below
    assert "Indiquez un motif pour montrer les noms." in text
    assert not FileExport.objects.exists()


@pytest.mark.parametrize("day", ["2026-13-45", "demain"])
def test_a_day_that_is_none_is_said_on_the_form(admin_client, acme, day):
    assert admin_client.send(PAGE, {"audit_date": day}).status_code == 400
    assert not FileExport.objects.exists()


def test_only_administrators(acme):
    assert entered(AUDREY).get(PAGE).status_code == 403
