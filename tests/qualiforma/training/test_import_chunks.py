"""An import in pieces: each row once, whatever dies in between; the trail is free between two."""

import os
import signal

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from qualiforma.audit.models import AuditEvent
from qualiforma.tenants.context import tenant_context
from qualiforma.training.importing import chunks, local_files
from qualiforma.training.importing.chunks import GivenUpError, PieceWriter
from qualiforma.training.importing.importer import SYSTEM_ACTOR, Mode, Taker
from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.importing.local_files import import_file, unfinished
from qualiforma.training.importing.models import ImportedRow, RecordImport
from qualiforma.training.importing.uploads import refusals_of
from qualiforma.training.models import Company
from tests import forks
from tests.committed import committed_tenant
from tests.live import wait_until
from tests.qualiforma.audit.scratch import owner
from tests.qualiforma.training.factories import make_company
from tests.qualiforma.training.sheets import csv_file, imported

COMPANIES = KINDS["companies"]
TENANT = ("--tenant", "acme")


class KilledError(BaseException):
    """A process that ends here: nothing catches it."""


@pytest.fixture
def few_rows(monkeypatch):
    """Pieces of two rows, one after the other."""
    monkeypatch.setattr(chunks, "PIECE_ROWS", 2)
    monkeypatch.setattr(chunks, "PAUSE_SECONDS", 0)


def numbered(folder, rows=5):
    return csv_file(folder, "Raison sociale", *(f"Société {number}" for number in range(rows)))


def names():
    return sorted(Company.objects.values_list("name", flat=True))


def begun(path):
    running = unfinished(COMPANIES, path)
    assert running is not None
    return running


def entries():
    """What the trail says of each piece, oldest first."""
    rows = AuditEvent.objects.filter(action="training.records.imported").order_by("seq")
    shown = ("first_row", "last_row", "created")
    return [tuple(int(one.clear[f"after.{name}"][1]) for name in shown) for one in rows]


def killed_at(monkeypatch, name):
    """Let the process die when it writes this company."""
    create = type(COMPANIES).create

    def dying(self, given, actor):
        if given["name"] == name:
            raise KilledError
        return create(self, given, actor)

    monkeypatch.setattr(type(COMPANIES), "create", dying)


@pytest.mark.django_db
@pytest.mark.parametrize(("dies_at", "written"), [(2, 2), (3, 2), (4, 4)])
def test_killed_and_continued_it_writes_each_row_once(acme, tmp_path, monkeypatch, few_rows, dies_at, written):  # fmt: skip
    """Between two pieces, in the middle of one, and before the last."""
    path = numbered(tmp_path)
    with monkeypatch.context() as patch:
        killed_at(patch, f"Société {dies_at}")
        with pytest.raises(KilledError):
            import_file(COMPANIES, path, mode=Mode.SKIP_BAD, actor=SYSTEM_ACTOR, on_refusal=print)
    assert names() == [f"Société {number}" for number in range(written)]
    running = begun(path)
    assert (running.position, running.created) == (written + 1, written)
    call_command("import_records", "companies", path, *TENANT, "--continue")
    assert names() == [f"Société {number}" for number in range(5)]
    assert entries() == [(2, 3, 2), (4, 5, 2), (6, 6, 1)]
    rows = ImportedRow.objects.order_by("number").values_list("number", "became", "record")
    assert [row[:2] for row in rows] == [(number, "created") for number in range(2, 7)]
    assert {row[2] for row in rows} == set(Company.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_a_second_run_of_the_same_import_writes_nothing(acme, tmp_path, few_rows):
    """A worker that was believed dead, and the one that took its job over."""
    path = numbered(tmp_path)
    running = RecordImport.objects.create(kind="companies", file_name="x", status="IMPORTING", mode="ALL", language="fr")  # fmt: skip
    first = PieceWriter(running, path)
    second = PieceWriter(RecordImport.objects.get(), path)
    assert first.write_piece()
    with pytest.raises(GivenUpError):
        second.write_piece()
    assert first.write_piece()
    assert not first.write_piece()
    assert len(names()) == 5


@pytest.mark.django_db
def test_a_command_that_goes_on_beside_another_takes_nothing_back(acme, tmp_path, few_rows, monkeypatch):  # fmt: skip
    path = numbered(tmp_path, 7)
    with monkeypatch.context() as patch:
        killed_at(patch, "Société 2")
        with pytest.raises(KilledError):
            import_file(COMPANIES, path, mode=Mode.SKIP_BAD, actor=SYSTEM_ACTOR, on_refusal=print)
    other = PieceWriter(begun(path), path)

    class Slow(PieceWriter):
        """Reads the file while the other writes a piece."""

        def __init__(self, running, path):
            super().__init__(running, path)
            assert other.write_piece()

    monkeypatch.setattr(local_files, "PieceWriter", Slow)
    with pytest.raises(CommandError, match="import"):
        call_command("import_records", "companies", path, *TENANT, "--continue")
    assert begun(path).position == 5
    assert other.write_piece()
    assert not other.write_piece()
    assert names() == [f"Société {number}" for number in range(7)]


@pytest.mark.django_db
def test_rows_about_one_record_contradict_one_another_across_pieces(acme, tmp_path, few_rows, monkeypatch):  # fmt: skip
    path = csv_file(tmp_path, "name;email", "Une;a@b.fr", "Deux;", "Trois;", "Quatre;", "Une;c@d.fr")  # fmt: skip
    with monkeypatch.context() as patch:
        killed_at(patch, "Trois")
        with pytest.raises(KilledError):
            import_file(COMPANIES, path, mode=Mode.SKIP_BAD, actor=SYSTEM_ACTOR, on_refusal=print)
    with pytest.raises(SystemExit) as end:
        call_command("import_records", "companies", path, *TENANT, "--continue", "--skip-bad")
    assert end.value.code == 3
    assert names() == ["Deux", "Quatre", "Trois", "Une"]
    assert [one.reason for one in refused()] == ["La ligne 2 concerne déjà la même fiche."]


def refused():
    return list(refusals_of(RecordImport.objects.get()))


@pytest.mark.django_db
def test_a_row_refused_meanwhile_stops_it_and_the_command_says_where(acme, tmp_path, few_rows, monkeypatch, capsys):  # fmt: skip
    """The trial took every row; then somebody makes a second company of that name."""
    path = csv_file(tmp_path, "name;email", "Une;", "Deux;", "Trois;", "Quatre;x@y.fr", "Cinq;")
    make_company(name="Quatre")
    with monkeypatch.context() as patch:
        patch.setattr(chunks, "sleep", lambda _seconds: make_company(name="Quatre"))
        with pytest.raises(SystemExit) as end:
            call_command("import_records", "companies", path, *TENANT)
    assert end.value.code == 4
    said = capsys.readouterr()
    assert (
        "Interrompu. Lignes traitées : 2 ; lignes restantes : 3. Relancez avec --continue."
        in said.out
    )
    assert "Ligne 5 : name « Quatre » : Plusieurs fiches correspondent" in said.err
    assert names() == ["Deux", "Quatre", "Quatre", "Une"]  # its piece is undone as a whole
    with pytest.raises(
        CommandError, match=r"après la ligne 3\. Lignes traitées : 2 ; lignes restantes : 3"
    ):
        call_command("import_records", "companies", path, *TENANT)
    with pytest.raises(SystemExit) as end:
        call_command("import_records", "companies", path, *TENANT, "--continue", "--skip-bad")
    assert end.value.code == 3
    assert names() == ["Cinq", "Deux", "Quatre", "Quatre", "Trois", "Une"]
    with pytest.raises(CommandError, match="Aucun import de ce fichier n’est interrompu"):
        call_command("import_records", "companies", path, *TENANT, "--continue")


@pytest.mark.django_db
def test_an_interrupted_one_may_begin_anew(acme, tmp_path, few_rows, monkeypatch):
    path = numbered(tmp_path)
    with monkeypatch.context() as patch:
        killed_at(patch, "Société 2")
        with pytest.raises(KilledError):
            imported("companies", path, Mode.SKIP_BAD)
    make_company(name="Société 4")
    call_command("import_records", "companies", path, *TENANT, "--restart")
    assert names() == [f"Société {number}" for number in range(5)]
    assert RecordImport.objects.get().unchanged == 3


@pytest.fixture(scope="module")
def importing(django_db_setup, django_db_blocker):
    """A tenant really committed, for what other connections see."""
    with django_db_blocker.unblock(), committed_tenant("importing") as tenant:
        yield tenant
        connection.close()


def is_free(other):
    try:
        other.execute("SELECT FROM audit_lock FOR NO KEY UPDATE NOWAIT")
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def test_the_trail_is_free_between_pieces_and_while_rows_are_read(importing, tmp_path, few_rows, monkeypatch, django_db_blocker):  # fmt: skip
    """Each piece is one row here; a row's service holds the trail, its reading does not."""
    monkeypatch.setattr(chunks, "PIECE_SECONDS", 0)
    understand, create = Taker.understand, type(COMPANIES).create
    pauses, reading, writing = [], [], []
    with (
        django_db_blocker.unblock(),
        tenant_context(importing),
        owner(importing.schema_name) as other,
    ):

        def understanding(self, row):
            reading.append(is_free(other))
            return understand(self, row)

        def creating(self, given, actor):
            writing.append(is_free(other))
            return create(self, given, actor)

        monkeypatch.setattr(chunks, "sleep", lambda _seconds: pauses.append(is_free(other)))
        monkeypatch.setattr(Taker, "understand", understanding)
        monkeypatch.setattr(type(COMPANIES), "create", creating)
        import_file(COMPANIES, numbered(tmp_path), mode=Mode.SKIP_BAD, actor=SYSTEM_ACTOR, on_refusal=print)  # fmt: skip
    assert pauses == [True] * 4
    assert set(reading) == {True}
    assert writing == [False] * 5


def test_a_killed_command_goes_on_where_it_was(importing, tmp_path, django_db_blocker):
    path = csv_file(tmp_path, "Raison sociale", *(f"Tuée {number}" for number in range(900)))
    words = ("import_records", "companies", str(path), "--tenant", "importing", "--skip-bad")
    command = ("manage.py", *words)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "qualiforma.settings"}
    with django_db_blocker.unblock(), tenant_context(importing):
        process = forks.start(*command, env=environment)
        wait_until(of_killed, process)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        running = begun(path)
        assert 0 < running.done == len(of_killed()) < 900
        again = forks.run(*command, "--continue", env=environment)
        assert again.returncode == 0
        assert of_killed() == sorted(f"Tuée {number}" for number in range(900))
        running.refresh_from_db()
        assert (running.status, running.created, running.rows.count()) == ("DONE", 900, 900)


def of_killed():
    found = Company.objects.filter(name__startswith="Tuée").values_list("name", flat=True)
    return sorted(found)
