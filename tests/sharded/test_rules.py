"""What a sharded database forbids, looked for in the code and in the schema; no cluster is needed."""

import ast
import os
import re

import pytest
from django.db import connection, models
from django.test import override_settings

from qualiforma.audit import context
from qualiforma.env import ConfigurationError
from qualiforma.server import sharding_check
from qualiforma.tenants.models import Tenant
from qualiforma.training.importing.batching import joined_trips
from tests.live import ROOT
from tests.qualiforma.personal_data.test_registry import MODELS
from tests.sharded.addresses import ClusterError, addresses

FOLDERS = ("qualiforma", "improvements", "compliance", "actionplans")
SOURCES = [
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
]
# It reads a name to put it into a log line; nothing depends on it.
LOGS = ROOT / "qualiforma" / "logs.py"
# Django's own.
THEIRS = {"auth", "contenttypes", "admin", "sessions"}


def test_no_constraint_names_are_read():
    reading = {path for path in SOURCES if "constraint_name" in path.read_text()}
    assert reading == {LOGS}


def test_our_models_have_no_identity_columns():
    numbered = [
        model._meta.label
        for model in MODELS
        if isinstance(model._meta.pk, models.AutoField | models.BigAutoField)
        and model._meta.app_label not in THEIRS
    ]
    assert not numbered


def test_the_schema_has_no_other_identity_columns_or_sequences(acme):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = %s::regnamespace",
            [acme.schema_name],
        )
        found = {name for (name,) in cursor.fetchall()}
    assert {name.partition("_")[0] for name in found} <= {"auth", "django"}, found


def test_no_trigger_joins_a_transition_table(acme):
    """A statement about a transition table names no other table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT coalesce(tgnewtable, tgoldtable), prosrc FROM pg_trigger "
            "JOIN pg_proc ON pg_proc.oid = tgfoid WHERE coalesce(tgnewtable, tgoldtable) IS NOT NULL "
            "AND pronamespace = %s::regnamespace",
            [acme.schema_name],
        )
        found = cursor.fetchall()
    assert found, "there is one at least"
    for table, source in found:
        for statement in source.split(";"):
            if re.search(rf"\b(FROM|JOIN)\s+{table}\b", statement):
                assert "%I" not in statement, statement


def test_sharded_nothing_is_joined_to_a_setting(acme):
    """Each statement of an action goes by itself; unsharded, the lock takes its setting along."""
    sent = []

    def note(execute, sql, *rest):
        sent.append(sql)
        return execute(sql, *rest)

    with (
        override_settings(SHARDED=True),
        joined_trips(),
        connection.execute_wrapper(note),
        context.action("training.demo.loaded"),
    ):
        Tenant.objects.exists()
    assert any(one.startswith("SET LOCAL") for one in sent)
    assert not [one for one in sent if one.startswith("SET LOCAL") and ";" in one]
    # The node commits, and nothing could be waited for there afterwards.
    assert not [one for one in sent if "synchronous_commit" in one or "emit_message" in one]


def test_every_other_joined_setting_is_sent_by_the_owner():
    """Texts of the code that join `SET LOCAL` to another statement are known."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and re.search(r"SET LOCAL [^;]*;\s*\w", text):
                found.add(path.relative_to(ROOT).as_posix())
    # A template is replayed on the coordinator alone, then distributed.
    assert found == {"qualiforma/provisioning/templates.py"}


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (sharding_check._of_extension(None), "no extension citus"),
        (sharding_check._of_extension("11.3-1"), "Citus 11.3-1 shards no schemas"),
        (sharding_check._of_node(is_coordinator=False, nodes=2), "worker node"),
        (sharding_check._of_node(is_coordinator=True, nodes=0), "citus_add_node"),
        (sharding_check._of_options("off", "local"), "enable_unsafe_triggers"),
        (sharding_check._of_options("on", None), "propagate_set_commands"),
        (sharding_check._of_limits(""), "ALTER ROLE"),
        (sharding_check._of_extension("13.2-1"), ""),
        (sharding_check._of_node(is_coordinator=True, nodes=2), ""),
        (sharding_check._of_options("on", "local"), ""),
        (sharding_check._of_limits("statement_timeout=30s lock_timeout=1500ms"), ""),
    ],
)
def test_each_mismatch_is_a_sentence(refusal, words):
    assert words in refusal
    assert bool(words) == bool(refusal)


@override_settings(SHARDED=True)
def test_sharded_settings_on_plain_postgresql_are_refused(django_db_setup):
    from qualiforma.tenants.owner import libpq_address

    address = libpq_address(connection.settings_dict)
    with pytest.raises(ConfigurationError, match="no extension citus"):
        sharding_check.check_sharding(address)


def test_a_database_that_is_no_cluster_is_named_in_a_sentence(django_db_setup, monkeypatch):
    monkeypatch.setenv("CITUS_DATABASE_URL", os.environ["DATABASE_URL"])
    with pytest.raises(ClusterError, match="no extension citus"):
        addresses.__wrapped__()
    monkeypatch.setenv("CITUS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(ClusterError, match=r"refuses: .*Connection refused"):
        addresses.__wrapped__()
