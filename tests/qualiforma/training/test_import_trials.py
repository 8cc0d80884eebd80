"""A trial works on copies: it waits for nobody, nobody waits for it, and nothing of it stays."""

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from qualiforma.audit.models import AuditEvent
from qualiforma.tenants.context import tenant_context
from qualiforma.training.importing.importer import SYSTEM_ACTOR, Mode, try_out
from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.importing.models import TableCopy
from qualiforma.training.importing.trials import on_copies
from qualiforma.training.models import Company
from tests.actionplans import factories as company
from tests.cast import BOB, MONA
from tests.committed import committed_tenant
from tests.compliance.evidence_factories import make_evidence
from tests.improvements.factories import make_action, make_complaint, make_plan
from tests.jobs import queued
from tests.qualiforma.audit.scratch import owner
from tests.qualiforma.training.factories import (
    make_attendance,
    make_company,
    make_course,
    make_enrollment,
    make_questionnaire,
    make_session,
)
from tests.qualiforma.training.sheets import counts, csv_file, imported

SIRET = "35600000000048"
# A connection of a captured process: what it may ask for, and what it may not.
FOREIGN = ["pg_class", "public.tenants_tenant", "nothing", 'x" (id int); DROP TABLE "y', "audit_object"]  # fmt: skip


@pytest.fixture(scope="module")
def trying(django_db_setup, django_db_blocker):
    """A tenant really committed, so that two connections can be in one another's way."""
    with django_db_blocker.unblock(), committed_tenant("trying") as tenant:
        with tenant_context(tenant):
            make_company(name="Une", siret=SIRET)
        yield tenant
        connection.close()


@pytest.fixture
def file(tmp_path):
    return csv_file(tmp_path, "Raison sociale;SIRET;E-mail de contact", f"Une;{SIRET};a@b.fr", "Deux;73282932000074;")  # fmt: skip


def tried(path, during=lambda: None):
    return try_out(
        KINDS["companies"],
        path,
        actor=SYSTEM_ACTOR,
        on_refusal=print,
        on_row=lambda _outcome: during(),
    )


def test_a_trial_does_not_wait_for_the_trail(trying, file, django_db_blocker):
    with django_db_blocker.unblock(), tenant_context(trying), owner(trying.schema_name) as other:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        other.autocommit = False
        other.execute("SELECT FROM audit_lock FOR NO KEY UPDATE")
        assert counts(tried(file)) == (1, 1, 0, 0)
        other.rollback()


def test_others_write_what_a_trial_has_written(trying, file, django_db_blocker):
    """The same rows: the one that it changes, and the number that it has given away."""
    with django_db_blocker.unblock(), tenant_context(trying), owner(trying.schema_name) as other:
        other.execute("SET lock_timeout = '2s'")
        written: list[object] = []

        def write():
            if written:
                return
            written.append(other.execute("UPDATE training_company SET contact_email = 'x@y.fr'"))
            other.execute(
                "INSERT INTO training_company (id, name, siret, contact_email, created_at, version) "
                "VALUES ('cmp_other', 'Autre', '73282932000074', '', now(), 1)"
            )

        assert tried(file, write).refused == 0
        assert Company.objects.filter(contact_email="x@y.fr").count() == 1
        other.execute("DELETE FROM training_company WHERE id = 'cmp_other'")


# Kind: rows of a file, of which the first changes a record.
CHANGES = {
    "companies": ("id;name", "{company.pk};Renommée"),
    "courses": ("id;title", "{course.pk};Renommée"),
    "enrollments": ("id;statut", "{enrollment.pk};Suspendue"),
    "sessions": ("id;title", "{session.pk};Renommée"),
    "attendances": ("session;inscription;présent", "{session.pk};{enrollment.pk};non"),
    "questionnaires": ("id;title", "{questionnaire.pk};Renommé"),
    "evidence": ("id;document;statut;motif du retrait", "{evidence.pk};Autre;WITHDRAWN;Remplacée"),
    "complaints": ("id;objet;statut;réponse", "{complaint.pk};Autre;Résolue;Chauffée"),
    "improvement-plans": ("id;titre;statut", "{plan.pk};Autre;En cours"),
    "corrective-actions": ("id;échéance;statut", "{action.pk};31/12/2026;Terminée"),
    "action-plans": ("id;titre;visibilité", "{action_plan.pk};Autre;Public"),
    "plan-actions": (
        "id;responsables;statut;axes",
        f"{{plan_action.pk}};{MONA.email};En cours;eNPS",
    ),
    "users": ("e-mail;nom;rôle;actif", f"{BOB.email};Autre;Formateur;non"),
}


@pytest.fixture
def records(acme):
    course = make_course()
    enrollment, session = make_enrollment(course=course), make_session(course)
    make_attendance(session, enrollment)
    plan, action_plan = make_plan(), company.make_plan()
    return {
        "company": make_company(),
        "course": course,
        "enrollment": enrollment,
        "session": session,
        "questionnaire": make_questionnaire(),
        "evidence": make_evidence(),
        "complaint": make_complaint(),
        "plan": plan,
        "action": make_action(plan),
        "action_plan": action_plan,
        "plan_action": company.make_action(action_plan),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("kind", CHANGES)
def test_a_trial_changes_every_kind_without_a_trace(records, tmp_path, kind):
    head, row = CHANGES[kind]
    before = rows_of(kind), AuditEvent.objects.count()
    outcome, refusals = imported(kind, csv_file(tmp_path, head, row.format(**records)), Mode.DRY_RUN)  # fmt: skip
    assert (counts(outcome), refusals) == ((0, 1, 0, 0), [])
    assert (rows_of(kind), AuditEvent.objects.count()) == before
    assert not is_temporary(KINDS[kind].model._meta.db_table)


def test_every_kind_that_can_be_changed_is_tried_here():
    assert set(CHANGES) == {name for name, kind in KINDS.items() if kind.fixed is not None}


def rows_of(kind):
    return list(KINDS[kind].model._default_manager.order_by("pk").values())


def is_temporary(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE oid = %s::regclass", [table])
        return cursor.fetchone() == ("t",)


@pytest.mark.django_db
def test_a_trial_queues_no_mail(acme, tmp_path):
    path = csv_file(tmp_path, "e-mail;nom;rôle;inviter", "new@acme.fr;Nouvelle;Apprenant;oui")
    assert imported("users", path, Mode.DRY_RUN)[0].created == 1
    assert queued() == []
    assert imported("users", path)[0].created == 1
    assert queued() == ["mail.deliver"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {0}.training_course (id) VALUES ('x')",
        "UPDATE {0}.training_company SET name = 'X'",
        "DELETE FROM {0}.training_company",
        "SELECT FROM {0}.audit_lock FOR NO KEY UPDATE",
        "SELECT FROM {0}.training_company FOR SHARE",
        "SELECT FROM training_course FOR UPDATE",
        "SET TRANSACTION READ WRITE",
    ],
)
def test_while_a_trial_runs_no_record_is_written_or_locked(acme, statement):
    with (
        on_copies(KINDS["companies"]),
        pytest.raises(DatabaseError) as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(acme.schema_name))
    assert isinstance(
        refused.value.__cause__,
        (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.ActiveSqlTransaction),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", FOREIGN)
def test_only_tables_of_the_organisation_are_copied(acme, name):
    with pytest.raises(DatabaseError), transaction.atomic():
        TableCopy.objects.bulk_create([TableCopy(id=1, name=name)])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT exchange_copy(current_schema(), %s)", [name])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER bait AFTER INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_record()",
        "CREATE RULE bait AS ON INSERT TO audit_event DO INSTEAD NOTHING",
        "ALTER TABLE audit_event ADD COLUMN extra int",
        "DROP TABLE audit_event",
        "CREATE TEMPORARY TABLE bait (id int)",
        "CREATE TABLE pg_temp.bait (id int)",
    ],
)
def test_a_copy_is_not_its_askers(acme, statement):
    with transaction.atomic(), connection.cursor() as cursor:
        TableCopy.objects.bulk_create([TableCopy(id=1, name="audit_event")])
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(statement)
        transaction.set_rollback(True)
