"""One version: of the package, of the API's document, of pages."""

import tomllib
from pathlib import Path

from qualiforma import __version__
from tests.admin_client import text_of

ROOT = Path(__file__).parents[1]


def test_package_and_openapi_document_have_the_same_version(client):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    document = client.get("/api/v1/schema", HTTP_ACCEPT="application/json")
    assert document.json()["info"]["version"] == __version__


def test_pages_show_the_version(admin_client):
    assert f"QualiForma {__version__}" in text_of(admin_client.get("/admin/"))
