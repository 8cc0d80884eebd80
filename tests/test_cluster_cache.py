"""The kept cluster is made anew whenever something that makes its schemas changes."""

import os
import sys

import pytest
from django.apps import apps

from tests import cluster_cache


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder with one file of each kind that the key is made of."""
    for name in ("requirements/base.txt", "tests/cast.py", "tests/cluster_cache.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(cluster_cache, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "improvements/migrations/0099_new.py",
        "qualiforma/audit/migrations/sql/new.sql",
        "qualiforma/training/models/course.py",
        "qualiforma/provisioning/templates.py",
        "tests/cast.py",
        "requirements/base.txt",
    ],
)
def test_a_change_of_what_makes_schemas_changes_the_key(checkout, name):
    before = cluster_cache._key()
    assert cluster_cache._key() == before
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text("2")
    assert cluster_cache._key() != before


def test_a_test_or_a_page_does_not_change_the_key(checkout):
    before = cluster_cache._key()
    (checkout / "tests/test_new.py").write_text("2")
    (checkout / "new.html").write_text("2")
    assert cluster_cache._key() == before


def test_each_app_s_migrations_and_models_are_part_of_the_key():
    sources = {
        path for pattern in cluster_cache.SOURCES for path in cluster_cache.ROOT.glob(pattern)
    }
    for app in apps.get_app_configs():
        if app.name.startswith(("qualiforma.", "improvements", "compliance", "actionplans")):
            folder = cluster_cache.ROOT / app.name.replace(".", "/")
            assert set((folder / "migrations").glob("*.py")) <= sources
            assert set(folder.glob("models.py")) | set(folder.glob("models/*.py")) <= sources


def test_what_is_compiled_is_kept():
    """By this process and by those that tests start, whatever the person's own environment says."""
    assert not sys.dont_write_bytecode
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ
