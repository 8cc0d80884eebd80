"""An import's trips to the database: few, and nothing of a row's own transaction is lost."""

from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.training import services
from qualiforma.training.importing import chunks, uploads
from qualiforma.training.importing.batching import joined_trips
from qualiforma.training.models import Company, Course
from tests.cast import BOB
from tests.qualiforma.training.factories import make_course
from tests.qualiforma.training.sheets import counts, csv_file, imported, newest_entry

pytestmark = pytest.mark.django_db
SIRET = "35600000000048"


def import_of(folder, rows):
    head = "Apprenant;Formation;Statut;Inscrit le"
    days = [f"{1 + rank % 28:02d}/{1 + rank // 28:02d}/20{rows:02d}" for rank in range(rows)]
    path = csv_file(folder, head, *(f"{BOB.email};Excel;Annulée;{day}" for day in days))
    assert counts(imported("enrollments", path)[0]) == (rows, 0, 0, 0)


@pytest.fixture
def asked(monkeypatch):
    """What is sent to the database while rows are taken, however long they take."""
    found = []
    monkeypatch.setattr(chunks, "PIECE_SECONDS", 3600)
    monkeypatch.setattr(uploads, "TOLD_EVERY_SECONDS", 3600)

    def note(execute, sql, *rest):
        found.append(sql)
        return execute(sql, *rest)

    @contextmanager
    def noted():
        with joined_trips(), connection.execute_wrapper(note):
            yield

    monkeypatch.setattr(chunks, "joined_trips", noted)
    return found


def test_two_trips_a_row(acme, tmp_path, asked):
    """One that looks for its record, one that inserts it: all others wait for the whole file."""
    make_course(title="Excel")
    import_of(tmp_path, 5)
    few = len(asked)
    asked.clear()
    import_of(tmp_path, 25)
    assert len(asked) - few == 20 * 2


def test_a_failure_undoes_its_own_and_no_more(acme):
    with transaction.atomic(), joined_trips():
        Company.objects.create(name="Une", siret=SIRET)
        with pytest.raises(IntegrityError), transaction.atomic():
            Company.objects.create(name="Deux", siret=SIRET)
        with transaction.atomic():
            Company.objects.create(name="Trois %s")
    assert sorted(Company.objects.values_list("name", flat=True)) == ["Trois %s", "Une"]


def test_many_rows_of_one_statement_are_not_many_savepoints(acme):
    make_course(title="a")
    with transaction.atomic(), joined_trips(), transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("UPDATE training_course SET summary = %s", [["b"], ["c"]])
    assert Course.objects.get().summary == "c"


def test_the_trail_names_who_does_it_whatever_the_name(acme):
    actor = Actor(id="usr_alice", name="Anne 100 %s d'Arc; --", role=Role.ADMIN)
    with transaction.atomic(), joined_trips():
        services.create_company(draft=services.CompanyDraft(name="Une"), actor=actor)
    entry = newest_entry()
    assert (entry.action, entry.actor) == ("training.company.created", "usr_alice")
    assert entry.clear["actor"][1] == '"Anne 100 %s d\'Arc; --"'
