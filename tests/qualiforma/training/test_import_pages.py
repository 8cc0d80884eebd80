"""Import and export from the pages: tried, shown, confirmed; each role its part."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.utils import timezone

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.files import stored_below, tenant_folder
from qualiforma.stored_files.verifying import differences
from qualiforma.training.importing import chunks, importer, jobs, trials, uploads
from qualiforma.training.importing.chunks import PieceWriter
from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.importing.kinds.catalogue import Companies
from qualiforma.training.importing.models import RecordImport
from qualiforma.training.models import Company
from tests.admin_client import text_of
from tests.cast import ALICE, MONA
from tests.jobs import queued, run_jobs
from tests.qualiforma.training.factories import make_company
from tests.qualiforma.training.sheets import newest_entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_files")]
LIST = "/admin/training/company/"
SIRET = "35600000000048"
HEAD = "Raison sociale;E-mail de contact"
MIXED = (HEAD, "Une;a@b.fr", "Deux;<i>x", "Trois;")


def sent(admin_client, *lines, path=LIST, name="clients.csv"):
    file = SimpleUploadedFile(name, "\n".join(lines).encode())
    return admin_client.send(f"{path}import/", {"file": file})


def files(acme):
    return [key for key, _size in stored_below(tenant_folder("imports").rstrip("/"))]


def test_tried_shown_confirmed(acme, admin_client):
    answer = sent(admin_client, HEAD, "Une;a@b.fr", "Deux;")
    assert answer.status_code == 302
    page = text_of(admin_client.get(answer.url))
    assert "À créer 2 À modifier 0 Inchangées 0 Refusées 0" in page
    assert "Rien n’est encore enregistré." in page
    assert not Company.objects.exists()
    assert len(files(acme)) == 1
    assert admin_client.send(answer.url).url == answer.url
    assert "Créées 2" in text_of(admin_client.get(answer.url))
    assert Company.objects.count() == 2
    entry = newest_entry()
    assert (entry.action, entry.door, entry.actor) == (
        "training.records.imported",
        "admin",
        "usr_alice",
    )
    assert files(acme) == []
    again = admin_client.send(answer.url)
    assert (again.status_code, Company.objects.count()) == (409, 2)


def test_the_trial_shows_cells_beside_what_would_be_stored(acme, admin_client):
    answer = sent(admin_client, f"{HEAD};Humeur", "Cafe\u0301;A@b.fr;bonne")
    page = text_of(admin_client.get(answer.url))
    assert "Humeur non comprise : ignorée" in page
    assert "Raison sociale lue comme « Raison sociale »" in page
    assert "Cafe\u0301 Café" in page


def test_a_cause_of_many_rows_does_not_hide_another(acme, admin_client):
    answer = sent(admin_client, HEAD, *["Une;x"] * 130, "Deux;y")
    page = text_of(admin_client.get(answer.url))
    assert "20, 21 …" in page
    assert "132 E-mail de contact y" in page


def test_one_cause_is_said_once_with_its_rows(acme, admin_client):
    answer = sent(admin_client, HEAD, "Une;<i>x", "Deux;a@b.fr", "Trois;<i>x")
    assert text_of(admin_client.get(answer.url)).count("2, 4 E-mail de contact") == 1


def test_refused_rows_are_shown_and_left_out_on_demand(acme, admin_client):
    answer = sent(admin_client, *MIXED)
    page = admin_client.get(answer.url)
    assert "Refusées 1" in text_of(page)
    assert "<i>x" in text_of(page).replace("&lt;", "<").replace("&gt;", ">")
    assert b"&lt;i&gt;x" in page.content
    assert b"<i>x" not in page.content
    report = admin_client.get(f"{answer.url}report/")
    assert b"3;E-mail de contact;<i>x;" in b"".join(report.streaming_content)
    whole = admin_client.send(answer.url)  # all or nothing would write nothing
    assert (whole.status_code, Company.objects.count()) == (409, 0)
    assert admin_client.send(answer.url, {"skip_bad": "1"}).status_code == 302
    assert Company.objects.count() == 2


def test_what_fails_meanwhile_may_be_done_again(acme, admin_client, monkeypatch):
    """As when another import holds the trail for longer than a request waits."""

    def fail(*_args, **_kwargs):
        raise OperationalError("canceling statement due to lock timeout")

    checked = sent(admin_client, HEAD, "Une;").url
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "try_out", fail)
        patch.setattr(PieceWriter, "write_piece", fail)
        assert admin_client.send(checked).status_code == 503
        assert sent(admin_client, HEAD, "Deux;").status_code == 503
    assert [one.status for one in RecordImport.objects.all()] == ["CHECKED"]
    assert admin_client.send(checked).status_code == 302
    assert Company.objects.get().name == "Une"


def test_giving_up_leaves_nothing(acme, admin_client):
    answer = sent(admin_client, *MIXED)
    assert len(files(acme)) == 2
    assert admin_client.send(answer.url, {"give_up": "1"}).url == LIST
    assert files(acme) == []
    assert admin_client.get(answer.url).status_code == 404


def test_a_file_that_is_none_is_refused_on_the_form(acme, admin_client):
    answer = sent(admin_client, "Humeur", "bonne")
    assert answer.status_code == 422
    assert "Aucune ligne d’en-tête n’est reconnue" in text_of(answer)
    assert files(acme) == []
    assert "Ce champ est obligatoire" in text_of(admin_client.send(f"{LIST}import/"))


def test_large_ones_are_a_workers(acme, admin_client, monkeypatch):
    monkeypatch.setattr(uploads, "DIRECT_ROWS", 2)
    monkeypatch.setattr(uploads, "TOLD_EVERY_SECONDS", 0)
    answer = sent(admin_client, *MIXED)
    assert queued() == ["training.check_import"]
    page = admin_client.get(answer.url)
    assert "Vérification en cours" in text_of(page)
    assert b'src="/static/backoffice/progress.js"' in page.content
    state = admin_client.get(f"{answer.url}state/").json()
    assert state == {"running": True, "done": 0, "total": 3}
    run_jobs()
    page = text_of(admin_client.get(answer.url))
    assert "Refusées 1" in page
    admin_client.send(answer.url, {"skip_bad": "1"})
    assert queued() == ["training.carry_out_import"]
    assert not Company.objects.exists()
    run_jobs()
    assert "Créées 2" in text_of(admin_client.get(answer.url))
    assert admin_client.get(f"{answer.url}state/").json()["running"] is False
    jobs.carry_out_import.function(running=RecordImport.objects.get().pk)  # delivered twice
    assert Company.objects.count() == 2


def test_a_short_file_is_a_workers_too_where_the_tables_are_large(acme, admin_client, monkeypatch):
    monkeypatch.setattr(trials, "LIGHT_BYTES", 1)
    sent(admin_client, *MIXED)
    assert queued() == ["training.check_import"]


def test_one_given_up_while_it_is_tried_leaves_nothing(acme, admin_client, monkeypatch):
    monkeypatch.setattr(uploads, "DIRECT_ROWS", 1)
    running = sent(admin_client, *MIXED).url

    def given_up_meanwhile(*args, **kwargs):
        outcome = importer.try_out(*args, **kwargs)
        assert admin_client.send(running, {"give_up": "1"}).url == LIST
        return outcome

    monkeypatch.setattr(uploads, "try_out", given_up_meanwhile)
    run_jobs()
    assert not RecordImport.objects.exists()
    assert files(acme) == []  # what was refused is about people, too


def test_one_stopped_while_it_is_written_says_what_is_written_and_goes_on(
    acme, admin_client, monkeypatch
):
    monkeypatch.setattr(uploads, "DIRECT_ROWS", 1)
    monkeypatch.setattr(chunks, "PIECE_ROWS", 1)
    running = sent(admin_client, HEAD, "Une;a@b.fr", "Deux;", "Trois;").url
    run_jobs()
    admin_client.send(running)
    with monkeypatch.context() as patch:
        patch.setattr(chunks, "sleep", lambda _s: admin_client.send(running, {"give_up": "1"}))
        run_jobs()
    page = text_of(admin_client.get(running))
    assert "Interrompu" in page
    assert "Créées 1 Modifiées 0 Inchangées 0 Refusées 0 Restantes 2" in page
    assert "après la ligne 2. Lignes traitées : 1 ; lignes restantes : 2" in page
    assert admin_client.send(running, {"give_up": "1"}).status_code == 409
    admin_client.send(running)
    run_jobs()
    assert "Créées 3" in text_of(admin_client.get(running))
    names = Company.objects.order_by("created_at").values_list("pk", "name")
    assert [name for _pk, name in names] == ["Une", "Deux", "Trois"]
    listed = b"".join(admin_client.get(f"{running}written/").streaming_content).decode("utf-8-sig")
    rows = [f"{row};{pk};Créée;Entreprises;" for row, (pk, _name) in enumerate(names, start=2)]
    assert listed.split() == ["Ligne;Identifiant;Effet;Fiches;Valeur", *rows]


def test_interrupted_import_can_be_resumed(acme, admin_client, monkeypatch):
    """Its job was parked, as its workers died."""
    monkeypatch.setattr(uploads, "DIRECT_ROWS", 1)
    running = sent(admin_client, *MIXED).url
    run_jobs()
    admin_client.send(running, {"skip_bad": "1"})
    assert "Continuer" not in text_of(admin_client.get(running))
    assert admin_client.send(running, {"skip_bad": "1"}).status_code == 409
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    assert admin_client.get(f"{running}state/").json()["running"] is False
    assert "Rien n’est encore enregistré. play_arrow Continuer" in text_of(
        admin_client.get(running)
    )
    admin_client.send(running, {"skip_bad": "1"})
    run_jobs()
    page = text_of(admin_client.get(running))
    assert "Créées 2 Modifiées 0 Inchangées 0 Refusées 1" in page
    report = admin_client.get(f"{running}report/")
    assert b"3;E-mail de contact;<i>x;" in b"".join(report.streaming_content)


def test_a_job_that_is_run_again_goes_on_after_the_last_piece(acme, admin_client, monkeypatch):
    """Its worker was killed in the middle of the second piece."""
    monkeypatch.setattr(uploads, "DIRECT_ROWS", 1)
    monkeypatch.setattr(chunks, "PIECE_ROWS", 2)
    running = sent(admin_client, HEAD, "Une;", "Deux;", "Trois;", "Quatre;", "Cinq;").url
    run_jobs()
    admin_client.send(running)
    create = Companies.create

    def dying(self, given, actor):
        if given["name"] == "Quatre":
            raise KeyboardInterrupt
        return create(self, given, actor)

    with monkeypatch.context() as patch:
        patch.setattr(Companies, "create", dying)
        with pytest.raises(KeyboardInterrupt):
            jobs.carry_out_import.function(running=RecordImport.objects.get().pk)
    assert sorted(Company.objects.values_list("name", flat=True)) == ["Deux", "Une"]
    assert admin_client.get(f"{running}state/").json() == {"running": True, "done": 2, "total": 5}
    run_jobs()
    assert "Créées 5" in text_of(admin_client.get(running))
    assert Company.objects.count() == 5


def test_the_rest_of_a_short_file_that_takes_long_is_a_workers(acme, admin_client, monkeypatch):
    monkeypatch.setattr(chunks, "PIECE_SECONDS", 0)
    running = sent(admin_client, HEAD, "Une;", "Deux;").url
    admin_client.send(running)
    assert list(Company.objects.values_list("name", flat=True)) == ["Une"]
    run_jobs()
    assert sorted(Company.objects.values_list("name", flat=True)) == ["Deux", "Une"]


def test_a_row_refused_meanwhile_stops_an_import_that_leaves_out_none(acme, admin_client):
    running = sent(admin_client, "Raison sociale;SIRET", "Une;", f"Deux;{SIRET}", "Trois;").url
    make_company(name="Autre", siret=SIRET)
    Company.objects.update(name="Deux", siret="")
    make_company(name="Deux", siret="")
    admin_client.send(running)
    page = text_of(admin_client.get(running))
    assert "Rien n’est enregistré : des lignes ont été refusées entre-temps." in page
    assert "Plusieurs fiches correspondent" in page
    assert not Company.objects.filter(name="Une").exists()
    admin_client.send(running, {"skip_bad": "1"})
    run_jobs()
    assert "Créées 2 Modifiées 0 Inchangées 0 Refusées 1" in text_of(admin_client.get(running))


def test_what_is_over_is_not_given_up(acme, admin_client):
    running = sent(admin_client, HEAD, "Une;").url
    admin_client.send(running)
    assert admin_client.send(running, {"give_up": "1"}).status_code == 409


def test_old_ones_are_purged(acme, admin_client):
    sent(admin_client, *MIXED)
    RecordImport.objects.update(started_at=timezone.now() - timedelta(days=6))
    assert (uploads.purge_old(), len(files(acme))) == (0, 2)
    RecordImport.objects.update(started_at=timezone.now() - timedelta(days=8))
    assert (uploads.purge_old(), files(acme)) == (1, [])


def test_files_that_nothing_names_are_purged_too(acme, admin_client, monkeypatch):
    sent(admin_client, *MIXED)
    RecordImport.objects.all().delete()  # as a crash between storing and entering leaves it
    assert (uploads.purge_old(), len(files(acme))) == (0, 2)
    monkeypatch.setattr(uploads, "KEPT_FOR", timedelta(days=-1))
    assert (uploads.purge_old(), files(acme)) == (0, [])


def test_every_list_has_both(acme, admin_client, auditor_client):
    """One test for all, as logging in is what takes the time."""
    for kind in KINDS.values():
        meta = kind.model._meta
        path = f"/admin/{meta.app_label}/{meta.model_name}/"
        page, page_of_auditor = text_of(admin_client.get(path)), text_of(auditor_client.get(path))
        assert [one in page for one in ("Importer", "Exporter")] == [True, True], path
        assert [one in page_of_auditor for one in ("Importer", "Exporter")] == [False, True], path
        assert admin_client.get(f"{path}import/").status_code == 200, path
        assert admin_client.get(f"{path}export/").status_code == 200, path
        assert auditor_client.get(f"{path}import/").status_code == 403, path
        assert sent(auditor_client, *MIXED, path=path).status_code == 403, path


def test_an_import_is_of_its_own_kind_and_tenant(acme, globex, admin_client):
    running = sent(admin_client, *MIXED).url
    assert admin_client.get(running.replace("company", "course")).status_code == 404
    assert not default_storage.exists("imports")
    assert files(acme)[0].startswith(f"tenants/{acme.storage_prefix}/imports/rim_")


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        ("ADMIN", {"import", "export", "import users", "export users"}),
        ("MANAGER", {"import", "export"}),
        ("TRAINER", set()),
        ("LEARNER", set()),
        ("AUDITOR", {"export", "export users"}),
    ],
)
def test_who_may_what(role, rights):
    actor = Actor(id="usr_any", name="Any", role=Role(role))
    for kind in KINDS.values():
        if kind.model._meta.app_label not in {"training", "accounts"}:  # each app has its own rule
            continue
        suffix = " users" if kind.name == "users" else ""
        assert kind.may_import(actor) == (f"import{suffix}" in rights), kind.name
        assert kind.may_export(actor) == (f"export{suffix}" in rights), kind.name


def test_it_is_written_in_the_name_of_who_confirms(acme, admin_client):
    answer = sent(admin_client, HEAD, "Une;")
    RecordImport.objects.update(started_by=MONA.id)
    admin_client.send(answer.url)
    assert newest_entry().actor == ALICE.id


def altered(key):
    default_storage.delete(key)
    assert default_storage.save(key, ContentFile(b"other")) == key


def test_an_upload_altered_meanwhile_is_not_written(acme, admin_client):
    answer = sent(admin_client, HEAD, "Une;a@b.fr")
    altered(RecordImport.objects.get().upload_key)
    refused = admin_client.send(answer.url)
    assert refused.status_code == 409
    assert "n’est plus celui qui a été déposé" in text_of(refused)
    assert not Company.objects.exists()


def test_an_altered_report_is_not_handed_out(acme, admin_client):
    report = f"{sent(admin_client, *MIXED).url}report/"
    assert b"Trois" not in b"".join(admin_client.get(report).streaming_content)
    altered(RecordImport.objects.get().report_key)
    assert admin_client.get(report).status_code == 409
    default_storage.delete(RecordImport.objects.get().report_key)
    assert admin_client.get(report).status_code == 409


def test_every_file_of_an_import_is_named_until_it_is_deleted(acme, admin_client):
    answer = sent(admin_client, *MIXED)
    assert list(differences(lambda _stored: None)) == []
    admin_client.send(answer.url, {"skip_bad": "1"})
    run_jobs()
    assert RecordImport.objects.get().upload_key  # its refused rows can still be fetched
    assert list(differences(lambda _stored: None)) == []
