"""Operations applied with few classes made: the statements and the models that Django's own way ends with."""

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState, StateApps

from qualiforma.provisioning import operations, schemas
from tests.qualiforma.tenants.catalogue import catalogue

POSITIVE = models.CheckConstraint(condition=models.Q(size__gt=0), name="box_size")
ONE_OF_NAME = models.UniqueConstraint(fields=["name"], name="box_name")


def key():
    return "id", models.BigAutoField(primary_key=True)


def to(model):
    return models.ForeignKey(model, models.CASCADE, related_name="+", null=True)


class Shelf(migrations.Migration):
    """Models that refer to each other, then fields, indexes and constraints, some of which go again."""

    operations = (
        migrations.CreateModel("Shelf", [key()]),
        migrations.CreateModel("Box", [key(), ("shelf", to("retries.Shelf"))]),
        migrations.CreateModel("Label", [key(), ("box", to("retries.Box"))]),
        migrations.AddField("Box", "size", models.IntegerField(default=1)),
        migrations.AddField("Box", "name", models.TextField(default="")),
        migrations.AddField("Shelf", "best", to("retries.Box")),
        migrations.AddIndex("Box", models.Index(fields=["name", "size"], name="box_index")),
        migrations.AddIndex("Label", models.Index(fields=["-box"], name="label_index")),
        migrations.AddConstraint("Box", POSITIVE),
        migrations.AddConstraint("Box", ONE_OF_NAME),
        AddConstraintNotValid(
            "Label", models.CheckConstraint(condition=models.Q(id__gt=0), name="label_id")
        ),
        migrations.RunSQL("SELECT 1"),
        migrations.AddField("Box", "twice", models.IntegerField(default=2)),
        migrations.RemoveIndex("Label", "label_index"),
        migrations.RemoveConstraint("Box", "box_name"),
        migrations.AddField("Label", "text", models.TextField(default="")),
    )


def applied(apply, settings):
    """Apply it without a database. Shape: the statements, and the state that it ends with."""
    settings.DATABASE_ROUTERS = []  # else no statement, as no organisation is open
    state = ProjectState()
    _ = state.apps
    with connection.schema_editor(collect_sql=True) as editor:
        state = apply(Shelf("0001", "retries"), state, editor)
    return editor.collected_sql, state


def described(apps):
    """Return what the classes say of themselves: fields, indexes, constraints and who refers to them."""
    found = {}
    for model in apps.get_models():
        meta = model._meta
        fields = [(one.name, one.deconstruct()[1:]) for one in meta.local_fields]
        targets = [one.related_model is apps.get_model("retries", one.related_model.__name__)
                   for one in meta.local_fields if one.is_relation]  # fmt: skip
        assert all(targets)
        found[model.__name__] = (
            fields,
            meta.indexes,
            meta.constraints,
            list(meta.total_unique_constraints),
            sorted(one.field.model.__name__ for one in meta.related_objects),
        )
    return found


@pytest.fixture
def made(monkeypatch):
    """Count the classes that are made."""
    made: list[str] = []
    render = StateApps.render_multiple

    def counted(apps, states):
        made.extend(one.name for one in states)
        return render(apps, states)

    monkeypatch.setattr(StateApps, "render_multiple", counted)
    return made


def test_the_same_as_by_django_with_fewer_classes(db, made, settings):
    theirs, their_state = applied(migrations.Migration.apply, settings)
    by_django = len(made)
    made.clear()
    ours, our_state = applied(operations.apply, settings)
    assert 0 < len(made) < by_django / 2
    assert ours == theirs
    assert [one for one in ours if one.startswith("CREATE TABLE")]
    assert described(our_state.apps) == described(their_state.apps)
    del our_state.apps  # made anew from the state
    assert described(our_state.apps) == described(their_state.apps)


def test_a_migration_without_a_transaction_is_djangos(db, monkeypatch):
    asked = []
    monkeypatch.setattr(migrations.Migration, "apply", lambda *words: asked.append(words))
    migration = Shelf("0001", "retries")
    with connection.schema_editor(atomic=False) as editor:
        operations.apply(migration, ProjectState(), editor)
    assert [words[0] for words in asked] == [migration]


@pytest.mark.parametrize(
    ("operation", "left"),
    [
        (migrations.RunSQL("SELECT 1"), True),
        (migrations.RunSQL("SELECT 1", state_operations=[migrations.DeleteModel("Box")]), False),
        (migrations.DeleteModel("Box"), False),
    ],
)
def test_what_leaves_the_models(operation, left):
    migration = type("Some", (migrations.Migration,), {"operations": [operation]})(
        "0001", "retries"
    )
    assert operations.leaves_models(migration) is left


@pytest.mark.long
def test_all_migrations_make_what_they_make_by_django(committed, monkeypatch):
    schemas.migrate_schema("t_ours")
    monkeypatch.setattr(
        operations, "apply", lambda one, state, editor: type(one).apply(one, state, editor)
    )
    monkeypatch.setattr(operations, "leaves_models", lambda one: False)
    schemas._start.clear()
    schemas.migrate_schema("t_theirs")
    assert catalogue("t_ours") == catalogue("t_theirs")
